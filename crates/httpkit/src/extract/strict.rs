//! JSON in which an object is an object: serde reads `["Hanoi", null]` as a structure whose first field is `Hanoi`, so
//! that the order of fields in this program would be a part of the API (serde-rs/json#1059).
use serde::{
    Deserializer,
    de::{
        Error as _, IntoDeserializer, Unexpected, Visitor,
        value::{MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::{Error, Value};

/// A value whose structures are objects.
pub(super) struct Strict(pub(super) Value);

impl IntoDeserializer<'_, Error> for Strict {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Strict {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(items) => {
                let mut items = SeqDeserializer::new(items.into_iter().map(Strict));
                let read = visitor.visit_seq(&mut items)?;
                items.end()?;
                Ok(read)
            }
            Value::Object(fields) => {
                let fields = fields.into_iter().map(|(name, value)| (name, Self(value)));
                let mut fields = MapDeserializer::new(fields);
                let read = visitor.visit_map(&mut fields)?;
                fields.end()?;
                Ok(read)
            }
            plain => plain.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if self.0.is_array() {
            return Err(Error::invalid_type(Unexpected::Seq, &"an object"));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::{Deserialize, de::DeserializeOwned};
    use serde_json::json;

    use super::Strict;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Shop {
        name: Option<String>,
        #[serde(default)]
        tills: Vec<Till>,
        kind: Option<Kind>,
        #[serde(default)]
        notes: BTreeMap<String, i64>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Till {
        number: u32,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Till,
        Web,
    }

    fn read<T: DeserializeOwned>(value: serde_json::Value) -> Result<T, String> {
        serde_path_to_error::deserialize(Strict(value))
            .map_err(|error| format!("{}: {}", error.path(), error.inner()))
    }

    #[test]
    fn objects_are_read_as_ever() {
        let read: Shop = read(json!({
            "name": "Hanoi", "tills": [{ "number": 1 }, { "number": 2 }], "kind": "web", "notes": { "a": -1 }, "else": [1],
        }))
        .unwrap();
        let tills = vec![Till { number: 1 }, Till { number: 2 }];
        let notes = BTreeMap::from([("a".to_owned(), -1)]);
        let (name, kind) = (Some("Hanoi".to_owned()), Some(Kind::Web));
        assert_eq!(
            read,
            Shop {
                name,
                tills,
                kind,
                notes
            }
        );
    }

    #[test]
    fn a_list_is_no_object() {
        for (given, told) in [
            (
                json!([null, null]),
                ".: invalid type: sequence, expected an object",
            ),
            (
                json!({ "tills": [[1]] }),
                "tills[0]: invalid type: sequence, expected an object",
            ),
            (
                json!({ "tills": [{ "number": -1 }] }),
                "tills[0].number: invalid value: integer `-1`, expected u32",
            ),
            (
                json!({ "name": ["x"] }),
                "name: invalid type: sequence, expected a string",
            ),
        ] {
            assert_eq!(read::<Shop>(given).unwrap_err(), told);
        }
    }
}
