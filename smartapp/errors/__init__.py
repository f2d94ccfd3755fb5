"""Every error this program raises on purpose, as one tree.

    GshError
    ├── LaunchError
    │   ├── IssuerUnknown         the issuer is not one of our sites
    │   ├── DiscoveryFailed       the site's SMART configuration could not be read
    │   ├── StateInvalid          forged, unknown, foreign or replayed state
    │   ├── StateExpired          more than ten minutes between launch and callback
    │   ├── IssuerMismatch        RFC 9207: the callback's issuer is another
    │   ├── LaunchDenied          the EHR answered with an error instead of a code
    │   ├── TokenRefused          the token endpoint refused the code
    │   ├── IdentityInvalid       the id_token did not verify
    │   ├── PatientMissing        no patient in the launch context
    │   ├── ScopeMissing          the EHR granted too little to show the program
    │   ├── CookieMissing         the browser did not return our cookie
    │   ├── LaunchUnknown         no such launch, or its cookie is another's
    │   └── LaunchEnded           expired, logged out, or the EHR ended its token
    ├── EhrError
    │   ├── EhrUnreachable        no answer; nothing was sent, or only a read was
    │   │   └── EhrWaiting        not sent yet, because an earlier one of the patient waits
    │   ├── EhrUnsure             a write was sent and no answer came
    │   ├── EhrForbidden          401 after refresh, or 403
    │   ├── EhrNotFound           404 or 410
    │   ├── EhrConflict           409 or 412: somebody else changed it first
    │   │   ├── EhrSavedBefore    the same form was saved already, saying something else
    │   │   └── EhrAnswersChanged unfinished answers in the EHR are not as we left them
    │   ├── EhrRejected           any other 4xx to a write: the EHR will not take it
    │   ├── EhrNonsense           an answer that is not FHIR, or not what was asked
    │   ├── EhrWrongPatient       a resource of another patient; nothing was used
    │   ├── StoreFailed           the program's own store did not do what was asked
    │   └── StoreUnsure           a write was sent to the store and no answer came
    ├── ProgramError
    │   ├── EntryRefused          what was typed breaks a rule; carries the problems
    │   ├── DraftUnknown          this patient has no assessment in progress of that name
    │   ├── DraftClosed           the assessment was submitted or discarded: no answers any more
    │   ├── DraftChanged          answers were changed elsewhere after they were shown for review
    │   ├── DraftFull             the answers are larger than a draft takes
    │   ├── FormGone              the questionnaire is not part of the program's content any more
    │   ├── AlertsFailed          the file of safety alerts could not be used
    │   └── MoveRunning           its entries are just being moved into the EHR by somebody else
    ├── ConfigError               start-up only: names the key at fault
    └── ContentError              start-up only: names file, element and reason
        ├── PathError             an expression of a form cannot be compiled: names the column
        └── PathFailed            an expression of a form could not be evaluated on these data

Each error but the start-up ones has a stable ``code`` and one ``sentence`` for the clinician: what
happened, whether anything was saved, what to do. Sentences never interpolate a value, so no
patient data can reach a page, a log or a URL through an error.
"""

from smartapp.errors.ehr import (
    EhrAnswersChanged,
    EhrConflict,
    EhrError,
    EhrForbidden,
    EhrNonsense,
    EhrNotFound,
    EhrRejected,
    EhrSavedBefore,
    EhrUnreachable,
    EhrUnsure,
    EhrWaiting,
    EhrWrongPatient,
    StoreFailed,
    StoreUnsure,
)
from smartapp.errors.launch import (
    CookieMissing,
    DiscoveryFailed,
    IdentityInvalid,
    IssuerMismatch,
    IssuerUnknown,
    LaunchDenied,
    LaunchEnded,
    LaunchError,
    LaunchUnknown,
    PatientMissing,
    ScopeMissing,
    StateExpired,
    StateInvalid,
    TokenRefused,
)
from smartapp.errors.program import (
    AlertsFailed,
    DraftChanged,
    DraftClosed,
    DraftFull,
    DraftUnknown,
    EntryRefused,
    FormGone,
    MoveRunning,
    Problem,
    ProgramError,
)
from smartapp.errors.root import (
    GshError,
)
from smartapp.errors.startup import (
    ConfigError,
    ContentError,
    PathError,
    PathFailed,
)

__all__ = [
    "AlertsFailed",
    "ConfigError",
    "ContentError",
    "CookieMissing",
    "DiscoveryFailed",
    "DraftChanged",
    "DraftClosed",
    "DraftFull",
    "DraftUnknown",
    "EhrAnswersChanged",
    "EhrConflict",
    "EhrError",
    "EhrForbidden",
    "EhrNonsense",
    "EhrNotFound",
    "EhrRejected",
    "EhrSavedBefore",
    "EhrUnreachable",
    "EhrUnsure",
    "EhrWaiting",
    "EhrWrongPatient",
    "EntryRefused",
    "FormGone",
    "GshError",
    "IdentityInvalid",
    "IssuerMismatch",
    "IssuerUnknown",
    "LaunchDenied",
    "LaunchEnded",
    "LaunchError",
    "LaunchUnknown",
    "MoveRunning",
    "PathError",
    "PathFailed",
    "PatientMissing",
    "Problem",
    "ProgramError",
    "ScopeMissing",
    "StateExpired",
    "StateInvalid",
    "StoreFailed",
    "StoreUnsure",
    "TokenRefused",
]
