import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.SingleValidationMessage;
import ca.uhn.fhir.validation.ValidationOptions;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.MetadataResource;
import org.hl7.fhir.r5.utils.validation.constants.BestPracticeWarningLevel;

/**
 * Validates every JSON resource below a folder against R4, offline, by HL7's InstanceValidator.
 *
 * Arguments, in any order: know=FOLDER (profiles, extensions, code systems, questionnaires to
 * know), profile=TYPE=URL (hold resources of that type to that profile too), check=FOLDER.
 * Prints a JSON list of {file, severity, at, id, message}. An extension nobody defined is an error,
 * unless it is from the published SDC guide, whose definitions are not in R4.
 */
class Validator {
    /** What it was told to know; HAPI's own keeps no questionnaires. */
    private static class Known extends PrePopulatedValidationSupport {
        private final Map<String, IBaseResource> canonicals = new HashMap<>();

        Known() {
            super(R4);
        }

        void add(MetadataResource definition) {
            canonicals.put(definition.getUrl() + "|" + definition.getVersion(), definition);
            addResource(definition);
        }

        @Override
        public <T extends IBaseResource> T fetchResource(Class<T> type, String canonical) {
            IBaseResource found = canonicals.get(canonical);
            return type.isInstance(found) ? type.cast(found) : super.fetchResource(type, canonical);
        }
    }

    private static final FhirContext R4 = FhirContext.forR4();
    private static final String SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/";

    public static void main(String[] arguments) throws IOException {
        Known known = new Known();
        Map<String, String> profiles = new HashMap<>();
        List<Path> asked = new ArrayList<>();
        for (String argument : arguments) {
            String[] parts = argument.split("=", 3);
            switch (parts[0]) {
                case "know" -> know(known, Path.of(parts[1]));
                case "profile" -> profiles.put(parts[1], parts[2]);
                case "check" -> asked.addAll(files(Path.of(parts[1])));
                default -> throw new IllegalArgumentException(argument);
            }
        }
        FhirValidator validator = validator(known);
        List<Map<String, String>> found = new ArrayList<>();
        for (Path path : asked) {
            found.addAll(check(validator, profiles, path));
        }
        System.out.println(new ObjectMapper().writeValueAsString(found));
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.filter(path -> path.toString().endsWith(".json")).sorted()
                    .filter(Validator::isResource).toList();
        }
    }

    /** The program's own words lie beside its resources. */
    private static boolean isResource(Path path) {
        try {
            return Files.readString(path).contains("\"resourceType\"");
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private static void know(Known known, Path folder) throws IOException {
        for (Path path : files(folder)) {
            var resource = R4.newJsonParser().parseResource(Files.readString(path));
            if (resource instanceof MetadataResource definition) {
                known.add(definition);
            }
        }
    }

    private static FhirValidator validator(IValidationSupport known) {
        var unknownSystems = new UnknownCodeSystemWarningValidationSupport(R4);
        unknownSystems.setNonExistentCodeSystemSeverity(IValidationSupport.IssueSeverity.WARNING);
        var module = new FhirInstanceValidator(new ValidationSupportChain(
                known,
                new DefaultProfileValidationSupport(R4),
                new CommonCodeSystemsTerminologyService(R4),
                new InMemoryTerminologyServerValidationSupport(R4),
                new SnapshotGeneratingValidationSupport(R4),
                unknownSystems));
        module.setBestPracticeWarningLevel(BestPracticeWarningLevel.Ignore);
        module.setAnyExtensionsAllowed(false);
        module.setErrorForUnknownProfiles(true);
        module.setCustomExtensionDomains(SDC);
        return R4.newValidator().registerValidatorModule(module);
    }

    private static List<Map<String, String>> check(
            FhirValidator validator, Map<String, String> profiles, Path path) throws IOException {
        String resource = Files.readString(path);
        String type = new ObjectMapper().readTree(resource).path("resourceType").asText();
        ValidationOptions options = new ValidationOptions();
        if (profiles.containsKey(type)) {
            options.addProfile(profiles.get(type));
        }
        var messages = validator.validateWithResult(resource, options).getMessages();
        return messages.stream().map(message -> told(path, message)).toList();
    }

    private static Map<String, String> told(Path path, SingleValidationMessage message) {
        Map<String, String> said = new LinkedHashMap<>();
        said.put("file", path.getFileName().toString());
        said.put("severity", message.getSeverity().getCode());
        said.put("at", message.getLocationString());
        said.put("id", message.getMessageId());
        said.put("message", message.getMessage());
        return said;
    }
}
