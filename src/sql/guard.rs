//! The way in: limits on the text, parsing, and a thread whose stack is deep enough.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use sqlparser::ast::Statement;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use super::resolve::Resolver;
use super::{Context, Dialect, Gap, Limits, StatementLineage};

/// Stack of the reading thread: a chain of as many operators as a text may have tokens is a tree as
/// deep, and dropping it takes a frame for each.
const STACK: usize = 256 << 20;

/// Looks at the parsed statements of a text, on a thread of its own; `None` when that fails.
pub(super) fn with_statements<T: Send>(
    text: &str,
    context: &Context,
    look: impl FnOnce(&Parsed) -> T + Send,
) -> Option<T> {
    thread::scope(|scope| {
        let looking = thread::Builder::new()
            .name("sql".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, || {
                catch_unwind(AssertUnwindSafe(|| {
                    look(&parse(text, context.dialect, context.limits))
                }))
            });
        looking.ok()?.join().ok()?.ok()
    })
}

/// Reads the lineage of each statement of a text, on a thread of its own. Never panics; what it
/// cannot tell is a gap in the answer.
pub fn read(text: &str, context: &Context) -> Vec<StatementLineage> {
    let failed = || vec![StatementLineage::unknown(1, Gap::Failed)];
    thread::scope(|scope| {
        let reading = thread::Builder::new()
            .name("sql".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, || {
                catch_unwind(AssertUnwindSafe(|| read_here(text, context)))
            });
        match reading.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(Ok(statements))) => statements,
            _ => failed(),
        }
    })
}

fn read_here(text: &str, context: &Context) -> Vec<StatementLineage> {
    let parsed = parse(text, context.dialect, context.limits);
    let mut resolver = Resolver::new(context);
    parsed
        .into_iter()
        .map(|(line, statement)| match statement {
            Ok(statement) => resolver.statement(line, &statement),
            Err(gap) => StatementLineage::unknown(line, gap),
        })
        .collect()
}

/// Statements with the lines that they begin at.
pub(super) type Parsed = Vec<(u64, Result<Statement, Gap>)>;

/// The statements of a text. What one dialect refuses is tried once more as generic SQL, which
/// takes most of what any of them does.
fn parse(text: &str, dialect: Dialect, limits: Limits) -> Parsed {
    if text.len() > limits.bytes {
        return vec![(1, Err(Gap::TooLong(limits.bytes)))];
    }
    let failures = |parsed: &Parsed| parsed.iter().filter(|(_, s)| s.is_err()).count();
    let parsed = parse_as(text, dialect, limits);
    if failures(&parsed) == 0 || dialect == Dialect::Generic {
        return parsed;
    }
    let generic = parse_as(text, Dialect::Generic, limits);
    if failures(&generic) == 0 {
        generic
    } else {
        parsed
    }
}

fn parse_as(text: &str, dialect: Dialect, limits: Limits) -> Parsed {
    let unparsable = |message: String| {
        if text.contains("{{") || text.contains("{%") {
            return Gap::Template;
        }
        Gap::Unparsable {
            dialect: dialect.name(),
            message,
        }
    };
    let syntax = dialect.syntax();
    let tokens = match Tokenizer::new(&*syntax, text).tokenize_with_location() {
        Ok(tokens) => tokens,
        Err(error) => return vec![(error.location.line, Err(unparsable(error.to_string())))],
    };
    if let Err(gap) = within(&tokens, limits) {
        return vec![(1, Err(gap))];
    }
    let mut parser = Parser::new(&*syntax)
        .with_recursion_limit(limits.depth)
        .with_tokens_with_locations(tokens);
    let mut parsed = Vec::new();
    loop {
        while parser.consume_token(&Token::SemiColon) {}
        let first = parser.peek_token();
        if first.token == Token::EOF {
            return parsed;
        }
        let line = first.span.start.line;
        let statement = match parser.parse_statement() {
            Ok(statement) if ends(&parser, dialect) => Ok(statement),
            Ok(_) => {
                let next = parser.peek_token();
                let place = next.span.start;
                Err(unparsable(format!(
                    "unexpected {} at line {}, column {}",
                    next.token, place.line, place.column
                )))
            }
            Err(ParserError::RecursionLimitExceeded) => Err(Gap::TooDeep(limits.depth)),
            Err(error) => Err(unparsable(error.to_string())),
        };
        if statement.is_err() {
            skip(&mut parser);
        }
        parsed.push((line, statement));
    }
}

/// Whether a statement ends where the parser stands. T-SQL needs no semicolon between two.
fn ends(parser: &Parser, dialect: Dialect) -> bool {
    match parser.peek_token().token {
        Token::SemiColon | Token::EOF => true,
        Token::Word(word) if dialect == Dialect::TSql => matches!(
            word.keyword,
            Keyword::SELECT
                | Keyword::INSERT
                | Keyword::UPDATE
                | Keyword::DELETE
                | Keyword::MERGE
                | Keyword::CREATE
                | Keyword::DROP
                | Keyword::TRUNCATE
                | Keyword::DECLARE
                | Keyword::SET
        ),
        _ => false,
    }
}

fn skip(parser: &mut Parser) {
    while !matches!(parser.peek_token().token, Token::SemiColon | Token::EOF) {
        parser.next_token();
    }
}

/// Joins of one statement: those whose ON comes late nest, and the parser does not count that.
const JOINS: usize = 2_000;

/// Holds the tokens against the limits. The parser counts its own nesting, but not that of types
/// (whose brackets are those of comparison too), patterns and joins.
fn within(tokens: &[TokenWithSpan], limits: Limits) -> Result<(), Gap> {
    let telling = tokens
        .iter()
        .filter(|t| !matches!(t.token, Token::Whitespace(_)));
    let (mut count, mut depth, mut after_type) = (0_usize, 0_usize, false);
    let (mut brackets, mut joins) = (0_usize, 0_usize);
    for token in telling {
        count += 1;
        match &token.token {
            Token::Lt if after_type => depth += 1,
            Token::Gt => depth = depth.saturating_sub(1),
            Token::ShiftRight => depth = depth.saturating_sub(2),
            Token::LParen | Token::LBracket | Token::LBrace => brackets += 1,
            Token::RParen | Token::RBracket | Token::RBrace => {
                brackets = brackets.saturating_sub(1);
            }
            Token::SemiColon => joins = 0,
            Token::Word(word) if word.keyword == Keyword::JOIN => joins += 1,
            _ => {}
        }
        if depth > limits.depth || brackets > 2 * limits.depth {
            return Err(Gap::TooDeep(limits.depth));
        }
        if joins > JOINS {
            return Err(Gap::TooDeep(JOINS));
        }
        after_type = matches!(&token.token, Token::Word(word) if matches!(
            word.value.to_ascii_uppercase().as_str(),
            "ARRAY" | "STRUCT" | "MAP" | "TABLE"
        ));
    }
    if count > limits.tokens {
        return Err(Gap::TooManyTokens(limits.tokens));
    }
    Ok(())
}
