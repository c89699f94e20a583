// Package gbdt grows boosted trees on binned columns.
//
// What: gradient boosting with histograms of 255 bins, leaf-wise growth, native
// categories, learned directions for missing values, monotone columns, and sizes
// chosen by cross-validation inside the training rows. Why: the engine must be as
// good as the best libraries in other languages, faster, in plain Go, and give
// the same bytes for any number of workers. Rejected: histograms of floats (their
// sums depend on the order of the workers), sorted columns without bins (many
// times slower), a budget for choosing sizes that asks a clock (the model would
// depend on what else the machine does; a budget is worked off by what trees cost
// on a reference machine instead), and bundling of one-hot columns (native categories need none).
package gbdt
