//! The text rules as tantivy tokenizers: one gives words, one gives trigrams. Only the bridge:
//! where to cut is decided in `text`.

use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer, TokenizerManager};

use super::text;

/// Name of the word tokenizer in the index's schema.
pub(super) const WORDS: &str = "headwater_words";
/// Name of the trigram tokenizer in the index's schema.
pub(super) const GRAMS: &str = "headwater_trigrams";
/// Length of the pieces that substring search is made of, in characters. Shorter words are
/// found as whole words and as beginnings only.
pub(super) const GRAM_CHARS: usize = 3;
/// Words of one field that are indexed; a longer text is findable by its first ones.
const MAX_FIELD_WORDS: usize = 512;
/// Characters of one name that substring search sees.
const MAX_SQUASHED_CHARS: usize = 512;

/// The tokenizers under the names the schema uses.
pub(super) fn tokenizers() -> TokenizerManager {
    let manager = TokenizerManager::default();
    manager.register(WORDS, TextAnalyzer::from(Words));
    manager.register(GRAMS, TextAnalyzer::from(Grams));
    manager
}

/// Every chunk of a text, and the parts of the chunks that have several.
#[derive(Clone)]
struct Words;

impl Tokenizer for Words {
    type TokenStream<'a> = Tokens;

    fn token_stream<'a>(&'a mut self, source: &'a str) -> Tokens {
        let mut tokens = Tokens::default();
        for chunk in text::chunks(source) {
            if tokens.list.len() >= MAX_FIELD_WORDS {
                break;
            }
            let whole = &source[chunk.start..chunk.end];
            tokens.add(text::folded(whole, text::MAX_WORD_CHARS), 1);
            for (start, end) in text::parts(whole) {
                tokens.add(text::folded(&whole[start..end], text::MAX_WORD_CHARS), 1);
            }
        }
        tokens
    }
}

/// The trigrams of each squashed segment, at consecutive positions, so that a phrase of them
/// is a substring and nothing else is.
#[derive(Clone)]
struct Grams;

impl Tokenizer for Grams {
    type TokenStream<'a> = Tokens;

    fn token_stream<'a>(&'a mut self, source: &'a str) -> Tokens {
        let mut tokens = Tokens::default();
        for run in text::squashed(source, MAX_SQUASHED_CHARS) {
            let mut gap = 2;
            for gram in run.windows(GRAM_CHARS) {
                tokens.add(gram.iter().map(|c| c.ch).collect(), gap);
                gap = 1;
            }
        }
        tokens
    }
}

/// The trigrams of a folded word, in order; none when it is shorter than one.
pub(super) fn word_grams(word: &str) -> Vec<String> {
    let chars: Vec<char> = word.chars().collect();
    chars
        .windows(GRAM_CHARS)
        .map(|gram| gram.iter().collect())
        .collect()
}

/// A list of tokens, given out one by one.
#[derive(Default)]
struct Tokens {
    list: Vec<(String, usize)>,
    position: usize,
    next: usize,
    token: Token,
}

impl Tokens {
    fn add(&mut self, text: String, gap: usize) {
        if text.is_empty() {
            return;
        }
        self.position += gap;
        self.list.push((text, self.position));
    }
}

impl TokenStream for Tokens {
    fn advance(&mut self) -> bool {
        let Some((text, position)) = self.list.get_mut(self.next) else {
            return false;
        };
        self.token.text = std::mem::take(text);
        self.token.position = *position;
        self.next += 1;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}
