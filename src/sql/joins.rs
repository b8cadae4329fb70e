//! What joins two relations, whichever way they are joined.

use sqlparser::ast::{JoinConstraint, JoinOperator};

/// The condition of a join; `None` where its kind has none. The match condition of ASOF is not
/// part of it.
pub fn constraint(of: &JoinOperator) -> Option<&JoinConstraint> {
    use JoinOperator as Op;
    match of {
        Op::Join(c)
        | Op::Inner(c)
        | Op::Left(c)
        | Op::LeftOuter(c)
        | Op::Right(c)
        | Op::RightOuter(c)
        | Op::FullOuter(c)
        | Op::CrossJoin(c)
        | Op::Semi(c)
        | Op::LeftSemi(c)
        | Op::RightSemi(c)
        | Op::Anti(c)
        | Op::LeftAnti(c)
        | Op::RightAnti(c)
        | Op::StraightJoin(c)
        | Op::AsOf { constraint: c, .. } => Some(c),
        Op::CrossApply
        | Op::OuterApply
        | Op::ArrayJoin
        | Op::LeftArrayJoin
        | Op::InnerArrayJoin => None,
    }
}
