//! Texts whose names are replaced by what they mean: expressions, conditions, and whatever syntax
//! has no reader of its own.

use std::hash::{DefaultHasher, Hash, Hasher};

use sqlparser::tokenizer::{Token, Tokenizer};

use super::Reader;
use super::scope::Scope;

impl Reader<'_> {
    /// A text whose names are replaced by what they mean.
    pub(super) fn told(&mut self, text: &str, scope: Option<&Scope>) -> Option<u64> {
        let syntax = self.context.dialect.syntax();
        let tokens = Tokenizer::new(&*syntax, text).tokenize().ok()?;
        let tokens: Vec<Token> = tokens
            .into_iter()
            .filter(|token| !matches!(token, Token::Whitespace(_)))
            .collect();
        self.spend(tokens.len())?;
        let mut hasher = DefaultHasher::new();
        let mut at = 0;
        while at < tokens.len() {
            let Token::Word(first) = &tokens[at] else {
                tokens[at].to_string().hash(&mut hasher);
                at += 1;
                continue;
            };
            let mut path = vec![first.value.to_lowercase()];
            let mut end = at + 1;
            while let (Some(Token::Period), Some(Token::Word(next))) =
                (tokens.get(end), tokens.get(end + 1))
            {
                path.push(next.value.to_lowercase());
                end += 2;
            }
            let called = matches!(tokens.get(end), Some(Token::LParen));
            // `s.f(…)` is a function of a schema, or of a column.
            let named = &path[..path.len() - usize::from(called)];
            let meaning = scope.and_then(|scope| scope.find(named));
            // A name may be that of a common table in a query inside, too.
            let table = self.common_table(&path);
            if called || (meaning, table) == (None, None) {
                path.hash(&mut hasher);
            }
            (meaning, table).hash(&mut hasher);
            at = end;
        }
        Some(hasher.finish())
    }

    fn common_table(&self, path: &[String]) -> Option<u64> {
        let [name] = path else { return None };
        let mut held = self.ctes.iter().rev();
        held.find_map(|(held, known)| (held == name).then(|| known.whole()))
    }
}
