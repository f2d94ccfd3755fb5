// Shows the questionnaire as LHC-Forms' documentation says.
fetch("/questionnaire.json")
  .then(function (answer) { return answer.json(); })
  .then(function (questionnaire) {
    return LForms.Util.addFormToPage(questionnaire, "form", { prepopulate: false });
  });
