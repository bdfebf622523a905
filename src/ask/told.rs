//! What was understood, in words and as programs read it.

use std::fmt;

use serde_json::{Map, Value, json};

use super::{Call, Doubt};
use crate::catalogue::Question;
use crate::catalogue::names::Names;

impl Call {
    /// The question in words, with the arguments in its slots.
    pub fn asked(&self, question: &Question) -> String {
        question.asked(|name| {
            let given = self.arguments.iter().filter(|(parameter, _)| parameter == name);
            let given: Vec<&str> = given.map(|(_, value)| value.as_str()).collect();
            (!given.is_empty()).then(|| given.join(", "))
        })
    }

    /// The call as programs read it: a list of texts for a list, one text else.
    pub fn to_json(&self, question: &Question, names: &Names) -> Value {
        let mut arguments = Map::new();
        for (name, value) in &self.arguments {
            match arguments.get_mut(name) {
                None => drop(arguments.insert(name.clone(), json!(value))),
                Some(Value::Array(several)) => several.push(json!(value)),
                Some(one) => *one = json!([one.take(), value]),
            }
        }
        let about = |(column, iri): &(String, String)| json!({ "column": column, "iri": iri, "label": names.label(iri) });
        let corrected = |(written, meant): &(String, String)| json!({ "written": written, "meant": meant });
        json!({
            "question": self.question,
            "asked": self.asked(question),
            "arguments": arguments,
            "assumed": self.assumed,
            "about": self.about.iter().map(about).collect::<Vec<_>>(),
            "corrected": self.corrected.iter().map(corrected).collect::<Vec<_>>(),
        })
    }
}

impl Doubt {
    /// The names that may have been meant by one that nothing bears.
    pub fn near(&self) -> &[String] {
        match self {
            Self::Unknown { near, .. } => near,
            _ => &[],
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { text, near } if near.is_empty() => write!(f, "`{text}` is nothing that is known here"),
            Self::Unknown { text, near } => {
                write!(f, "nothing is called `{text}`; the nearest names are {}", near.join(", "))
            }
            Self::Negation(word) => write!(f, "`{word}` asks for what is not so, and no question answers that"),
            Self::Beside(names) => write!(f, "{} has no place beside the rest of the question", names.join(", ")),
            Self::Ambiguous => f.write_str("it may mean several things"),
            Self::Unlike => f.write_str("it is like nothing that can be asked"),
        }
    }
}
