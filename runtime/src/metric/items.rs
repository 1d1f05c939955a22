//! What the rows say, by kind: what a metric reads. Plain data, one entry a row in every list.
//!
//! All numbers are finite, all indices are in range and all lists of one kind are equally long: [`Items::check`] refuses
//! anything else, so that no metric has to look again. A NaN is a refusal and never a value.

use super::api::Refusal;

/// The kinds of rows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// A true and a predicted class.
    Classes,
    /// A true class and a probability for each class (or one number for class 1 of two).
    Scores,
    /// How sure the model was, and whether it was right.
    Confidences,
    /// Several labels at once, each there or not.
    Marks,
    /// A sequence of tags.
    Tags,
    /// A text and the log-likelihood of each of its tokens.
    Likelihoods,
    /// Choices with their log-likelihoods, one of them right.
    Choices,
    /// A text and the references that it is held against.
    Texts,
    /// A region as a mask.
    Masks,
    /// One box.
    Boxes,
    /// The boxes of an image, with classes and scores.
    Detections,
    /// Graded entries of a query and the scores that rank them.
    Rankings,
    /// A true and a predicted number.
    Numbers,
    /// Two vectors.
    Vectors,
    /// A true and a predicted class, and the group of the row.
    Groups,
    /// Ratings of a unit by several raters.
    Ratings,
    /// How many raters put an item into each category.
    RaterCounts,
    /// Two samples of numbers.
    Samples,
    /// Counts of categories, then and now.
    Counts,
    /// Rows of a table: what can identify a person, and what must stay secret.
    Records,
    /// Answers to a row as it is and to the row perturbed.
    Perturbed,
}

impl Kind {
    /// The words for people.
    pub fn words(self) -> &'static str {
        match self {
            Kind::Classes => "classes",
            Kind::Scores => "classes with scores",
            Kind::Confidences => "confidences",
            Kind::Marks => "marks of several labels",
            Kind::Tags => "tags",
            Kind::Likelihoods => "texts with log-likelihoods",
            Kind::Choices => "choices with log-likelihoods",
            Kind::Texts => "texts",
            Kind::Masks => "masks",
            Kind::Boxes => "boxes",
            Kind::Detections => "boxes with classes and scores",
            Kind::Rankings => "rankings",
            Kind::Numbers => "numbers",
            Kind::Vectors => "vectors",
            Kind::Groups => "classes by group",
            Kind::Ratings | Kind::RaterCounts => "ratings",
            Kind::Samples => "samples of numbers",
            Kind::Counts => "counts of categories",
            Kind::Records => "records",
            Kind::Perturbed => "answers to perturbed rows",
        }
    }
}

/// Rows of one kind.
#[derive(Clone, PartialEq, Debug)]
pub enum Items {
    /// See [`Kind::Classes`].
    Classes(Classes),
    /// See [`Kind::Scores`].
    Scores(Scores),
    /// See [`Kind::Confidences`].
    Confidences(Confidences),
    /// See [`Kind::Marks`].
    Marks(Marks),
    /// See [`Kind::Tags`].
    Tags(Tags),
    /// See [`Kind::Likelihoods`].
    Likelihoods(Likelihoods),
    /// See [`Kind::Choices`].
    Choices(Choices),
    /// See [`Kind::Texts`].
    Texts(Texts),
    /// See [`Kind::Masks`].
    Masks(Masks),
    /// See [`Kind::Boxes`].
    Boxes(Boxes),
    /// See [`Kind::Detections`].
    Detections(Detections),
    /// See [`Kind::Rankings`].
    Rankings(Rankings),
    /// See [`Kind::Numbers`].
    Numbers(Numbers),
    /// See [`Kind::Vectors`].
    Vectors(Vectors),
    /// See [`Kind::Groups`].
    Groups(Groups),
    /// See [`Kind::Ratings`].
    Ratings(Ratings),
    /// See [`Kind::RaterCounts`].
    RaterCounts(RaterCounts),
    /// See [`Kind::Samples`].
    Samples(Samples),
    /// See [`Kind::Counts`].
    Counts(Counts),
    /// See [`Kind::Records`].
    Records(Records),
    /// See [`Kind::Perturbed`].
    Perturbed(Perturbed),
}

/// True and predicted classes, as indices below `classes`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Classes {
    /// How many classes are declared.
    pub classes: usize,
    /// The true class of each row.
    pub truth: Vec<u32>,
    /// The predicted class of each row.
    pub predicted: Vec<u32>,
}

/// True classes and scores.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Scores {
    /// How many classes are declared; 2 where each row has one number.
    pub classes: usize,
    /// The true class of each row.
    pub truth: Vec<u32>,
    /// For each row a probability a class in the declared order, or one number: that of class 1.
    pub scores: Vec<Vec<f64>>,
}

/// How sure, and whether right.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Confidences {
    /// In 0..=1.
    pub confidence: Vec<f64>,
    /// Whether the answer was right.
    pub correct: Vec<bool>,
}

/// Marks of each row, one a label.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Marks {
    /// The true ones.
    pub truth: Vec<Vec<bool>>,
    /// The predicted ones, as many a row.
    pub predicted: Vec<Vec<bool>>,
}

/// Tags of each row (a sentence), for example `B-PER`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Tags {
    /// The true ones.
    pub truth: Vec<Vec<String>>,
    /// The predicted ones, as many a row.
    pub predicted: Vec<Vec<String>>,
}

/// Texts with the natural logarithm of each token's probability.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Likelihoods {
    /// The texts as they were before tokenisation.
    pub texts: Vec<String>,
    /// One number a token.
    pub loglikelihoods: Vec<Vec<f64>>,
}

/// Choices of each row; at least one.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Choices {
    /// The texts to choose from.
    pub choices: Vec<Vec<String>>,
    /// The summed log-likelihood of each.
    pub loglikelihoods: Vec<Vec<f64>>,
    /// The index of the right one.
    pub truth: Vec<u32>,
}

/// Texts against references.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Texts {
    /// At least one reference a row.
    pub references: Vec<Vec<String>>,
    /// The text that the model gave.
    pub candidates: Vec<String>,
}

/// Masks: rows of pixels, of one size in truth and prediction.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Masks {
    /// The true regions.
    pub truth: Vec<Vec<Vec<bool>>>,
    /// The predicted regions.
    pub predicted: Vec<Vec<Vec<bool>>>,
}

/// A box: left, top, width, height.
pub type Rectangle = [f64; 4];

/// One box each.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Boxes {
    /// The true boxes.
    pub truth: Vec<Rectangle>,
    /// The predicted boxes.
    pub predicted: Vec<Rectangle>,
    /// Whether the true box stands for a crowd.
    pub crowd: Vec<bool>,
}

/// A true object of an image.
#[derive(Clone, PartialEq, Debug)]
pub struct TrueObject {
    /// Its class.
    pub class: u32,
    /// Its box.
    pub place: Rectangle,
    /// Whether it stands for a crowd.
    pub crowd: bool,
}

/// A predicted object of an image.
#[derive(Clone, PartialEq, Debug)]
pub struct FoundObject {
    /// Its class.
    pub class: u32,
    /// Its box.
    pub place: Rectangle,
    /// How sure the model was.
    pub score: f64,
}

/// The objects of each image; a row is an image.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Detections {
    /// The true objects.
    pub truth: Vec<Vec<TrueObject>>,
    /// The predicted objects.
    pub predicted: Vec<Vec<FoundObject>>,
}

/// Entries of each query.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Rankings {
    /// The grade of each entry; 0 is not relevant.
    pub relevance: Vec<Vec<f64>>,
    /// The score of each entry; the highest ranks first.
    pub scores: Vec<Vec<f64>>,
}

/// True and predicted numbers.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Numbers {
    /// The true ones.
    pub truth: Vec<f64>,
    /// The predicted ones.
    pub predicted: Vec<f64>,
}

/// True and predicted vectors, as long a row.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Vectors {
    /// The true ones.
    pub truth: Vec<Vec<f64>>,
    /// The predicted ones.
    pub predicted: Vec<Vec<f64>>,
}

/// True and predicted classes by group.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Groups {
    /// The classes.
    pub classes: Classes,
    /// The names of the groups.
    pub names: Vec<String>,
    /// The group of each row, an index into the names.
    pub group: Vec<u32>,
}

/// Ratings; a row is a unit.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Ratings {
    /// What each rater gave, where it gave anything; as many a row.
    pub ratings: Vec<Vec<Option<f64>>>,
}

/// Raters by category; a row is an item.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct RaterCounts {
    /// How many raters chose each category; as many categories a row.
    pub counts: Vec<Vec<u64>>,
}

/// Two samples; the rows are those of the reference, then those of today.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Samples {
    /// What was measured when the model was accepted.
    pub reference: Vec<f64>,
    /// What is measured now.
    pub current: Vec<f64>,
}

/// Counts of the same categories; the rows are the categories.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Counts {
    /// When the model was accepted.
    pub reference: Vec<u64>,
    /// Now.
    pub current: Vec<u64>,
}

/// Rows of a table.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Records {
    /// For each row the values of the columns that together can identify a person.
    pub identifiers: Vec<Vec<String>>,
    /// For each row what must stay secret; empty where no column is named.
    pub secret: Vec<String>,
}

/// Answers to rows and to their perturbed twins.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Perturbed {
    /// Truth and answers to the rows as they are.
    pub plain: Classes,
    /// The answers to the perturbed rows.
    pub perturbed: Vec<u32>,
}

impl Items {
    /// Their kind.
    pub fn kind(&self) -> Kind {
        match self {
            Items::Classes(_) => Kind::Classes,
            Items::Scores(_) => Kind::Scores,
            Items::Confidences(_) => Kind::Confidences,
            Items::Marks(_) => Kind::Marks,
            Items::Tags(_) => Kind::Tags,
            Items::Likelihoods(_) => Kind::Likelihoods,
            Items::Choices(_) => Kind::Choices,
            Items::Texts(_) => Kind::Texts,
            Items::Masks(_) => Kind::Masks,
            Items::Boxes(_) => Kind::Boxes,
            Items::Detections(_) => Kind::Detections,
            Items::Rankings(_) => Kind::Rankings,
            Items::Numbers(_) => Kind::Numbers,
            Items::Vectors(_) => Kind::Vectors,
            Items::Groups(_) => Kind::Groups,
            Items::Ratings(_) => Kind::Ratings,
            Items::RaterCounts(_) => Kind::RaterCounts,
            Items::Samples(_) => Kind::Samples,
            Items::Counts(_) => Kind::Counts,
            Items::Records(_) => Kind::Records,
            Items::Perturbed(_) => Kind::Perturbed,
        }
    }

    /// Whether the items keep what the head promises.
    ///
    /// # Errors
    /// The first row that does not, counted from 1, and why.
    pub fn check(&self) -> Result<(), Refusal> {
        super::checked::check(self)
    }
}
