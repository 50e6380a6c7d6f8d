"""What people type leads to the section that answers it."""

# What somebody types, and the section that must come first.
QUERIES = {
    # Symptoms
    "what is wrong with my loss": "diagnosis",
    "debug my loss": "diagnosis",
    "loss is negative": "common-errors#the-loss-is-negative",
    "cross entropy calculator": "workbench",
    "paste a printed tensor": "workbench#what-it-reads",
    "explain cross entropy step by step": "workbench#how-to-read-the-table",
    "LossWorkbench": "workbench#in-jupyter",
    "kl_div negative": "kl-divergence#the-loss-is-negative-probabilities-where-logarithms-belong",
    "kl loss too small": "kl-divergence#the-loss-is-too-small-reduction-mean",
    "loss nan": "common-errors#the-loss-is-nan",
    "NaN loss after 1000 steps": "common-errors#the-loss-is-nan",
    "loss inf": "common-errors#the-loss-is-infinite",
    "loss is 0 from the start": "common-errors#the-loss-is-0",
    "loss is 0 in float16": "common-errors#the-loss-is-0",
    "loss suddenly spikes": "common-errors#the-loss-explodes-or-jumps",
    "val loss higher than train loss": "common-errors#the-loss-on-new-data-is-higher-or-lower",
    "class weights make accuracy worse": "common-errors#the-accuracy-falls-with-class-weights",
    "model predicts only one class": (
        "common-errors#the-loss-falls-and-the-accuracy-stays-at-chance"
    ),
    "loss stuck at 2.303": "common-errors#the-loss-is-stuck",
    "loss not decreasing": "common-errors#the-loss-is-stuck",
    "loss too small": "common-errors#the-loss-is-too-small",
    "loss depends on batch size": "common-errors#the-loss-differs-between-batch-sizes",
    "loss differs between cpu and gpu": "common-errors#the-loss-differs-between-devices-or-runs",
    "loss differs from sklearn": "common-errors#the-loss-differs-between-libraries",
    "loss decreases but accuracy does not": (
        "common-errors#the-loss-falls-and-the-accuracy-stays-at-chance"
    ),
    "CUDA out of memory. Tried to allocate 2.00 GiB": (
        "common-errors#cuda-out-of-memory-tried-to-allocate-15-66-gib"
    ),
    "kl nan": "kl-divergence#the-loss-is-nan-zero-times-infinity",
    "weighted loss nan sometimes": "weighted-cross-entropy#the-loss-is-nan-once-in-a-while",
    "loss stuck at 0.55": "common-errors#the-loss-is-stuck",
    "0.55": "cross-entropy#a-loss-that-stops-at-0-55",
    "validation loss goes up but accuracy goes up too": (
        "cross-entropy#why-a-validation-loss-rises-while-accuracy-still-rises"
    ),
    "loss stops falling": "cross-entropy-loss#the-loss-stops-falling-two-activations",
    "softmax twice": "cross-entropy-loss#the-loss-stops-falling-two-activations",
    "softmax before CrossEntropyLoss": "cross-entropy-loss#the-loss-stops-falling-two-activations",
    "autoencoder bce loss does not go to zero": (
        "binary-cross-entropy#why-a-reconstruction-loss-doesnt-reach-0"
    ),
    "loss 100 bce": "binary-cross-entropy#bceloss-and-the-number-100",
    "sigmoid before BCEWithLogitsLoss": "binary-cross-entropy#sigmoid-before-bce-with-logits",
    "different loss on two gpus": (
        "gpu-and-scale#the-samples-shared-out-another-number-on-two-gpus"
    ),
    "loss differs in the last digits": "gpu-and-scale#why-the-last-digits-differ",
    "deterministic": "gpu-and-scale#what-use-deterministic-algorithms-does-to-these-losses",
    "out of memory": "gpu-and-scale#the-gpu-is-full-so-the-model-is-too-large",
    "label smoothing loss higher": ("label-smoothing#the-loss-went-up-so-smoothing-made-it-worse"),
    "top k accuracy": "questions#how-do-i-compute-the-top-5-accuracy-from-logits",
    "accuracy wrong argmax": "cross-entropy-loss#the-accuracy-is-wrong-argmax-over-the-wrong-axis",
    "forgot zero_grad": "training#forgotten-zero-grad-and-the-shuffling",
    "mixed precision loss": "training#mixed-precision",
    "test loss lower than training loss": (
        "training#the-test-pictures-are-easier-than-the-training-pictures"
    ),
    "padding tokens in the mean": "training#padding",
    "drop_last": "training#uneven-batches",
    "one output neuron cross entropy loss zero": "common-errors#the-loss-is-0",
    "loss always 0 with one class": "common-errors#the-loss-is-0",
    "model output one logit": "common-errors#the-loss-is-0",
    "learning rate too high": "common-errors#the-loss-explodes-or-jumps",
    "ignore_index not working": (
        "questions#why-does-ignore-index-not-remove-the-class-from-the-softmax"
    ),
    "loss increases every epoch": "common-errors#the-loss-explodes-or-jumps",
    "bce loss nan": "common-errors#the-loss-is-nan",
    "train loss decreasing val loss increasing": (
        "common-errors#the-loss-on-new-data-is-higher-or-lower"
    ),
    "high accuracy but high loss": "common-errors#the-accuracy-rises-and-so-does-the-loss",
    "accuracy stuck at 50%": "common-errors#the-loss-falls-and-the-accuracy-stays-at-chance",
    "model always predicts majority class": (
        "common-errors#the-loss-falls-and-the-accuracy-stays-at-chance"
    ),
    "loss is huge at first epoch": "common-errors#the-loss-explodes-or-jumps",
    "loss becomes nan after few iterations": "common-errors#the-loss-is-nan",
    "loss exploding": "common-errors#the-loss-explodes-or-jumps",
    "loss spikes llm training": "common-errors#the-loss-explodes-or-jumps",
    "loss stuck at 4.6": "common-errors#the-loss-is-stuck",
    "CrossEntropyLoss returns nan": "common-errors#the-loss-is-nan",
    "training loss jumps up and down": "common-errors#the-loss-explodes-or-jumps",
    "loss 0.0 accuracy low": "common-errors#the-loss-is-0",
    "model not learning": "common-errors#the-loss-is-stuck",
    "loss zero immediately": "common-errors#the-loss-is-0",
    "model.eval() loss differs": "common-errors#the-loss-differs-between-devices-or-runs",
    "cifar100 loss stuck 4.605": "common-errors#the-loss-is-stuck",
    "crossentropy loss stays the same": "common-errors#the-loss-is-stuck",
    "loss differs cpu cuda": "common-errors#the-loss-differs-between-devices-or-runs",
    "how to debug nan loss": "common-errors#the-loss-is-nan",
    "loss increasing instead of decreasing": "common-errors#the-loss-explodes-or-jumps",
    "accuracy not changing": "common-errors#the-loss-falls-and-the-accuracy-stays-at-chance",
    "cross entropy inf": "common-errors#the-loss-is-infinite",
    "why is my loss not going down": "common-errors#the-loss-is-stuck",
    "loss is nan pytorch": "common-errors#the-loss-is-nan",
    "network does not learn anything": "common-errors#the-loss-is-stuck",
    "predicts everything as background segmentation": (
        "common-errors#the-loss-falls-and-the-accuracy-stays-at-chance"
    ),
    "cross entropy returns 0 with num_labels=1": "common-errors#the-loss-is-0",
    "loss doesnt change during training": "common-errors#the-loss-is-stuck",
    "dropout after last layer": "common-errors#the-loss-is-stuck",
    "loss stuck at 1.386": "common-errors#the-loss-is-stuck",
    "loss starts at 10.8": "common-errors#the-loss-is-stuck",
    "loss 6.9 imagenet": "common-errors#the-loss-is-stuck",
    "what should the initial loss be": "common-errors#the-loss-is-stuck",
    "expected initial loss": "common-errors#the-loss-is-stuck",
    "initial loss too high": "common-errors#the-loss-explodes-or-jumps",
    "loss nan after first epoch": "common-errors#the-loss-is-nan",
    "loss becomes nan during training": "common-errors#the-loss-is-nan",
    "training loss nan": "common-errors#the-loss-is-nan",
    "gradient explosion cross entropy": "common-errors#the-loss-explodes-or-jumps",
    "loss goes down then up": "common-errors#the-loss-explodes-or-jumps",
    "validation loss increasing": "common-errors#the-loss-on-new-data-is-higher-or-lower",
    "validation loss nan": "common-errors#the-loss-is-nan",
    "loss fluctuates a lot": "common-errors#the-loss-explodes-or-jumps",
    "loss plateau": "common-errors#the-loss-is-stuck",
    "train loss is 0": "common-errors#the-loss-is-0",
    "loss very large": "common-errors#the-loss-explodes-or-jumps",
    "negative loss value": "common-errors#the-loss-is-negative",
    "softmax outputs all same": "common-errors#the-loss-is-stuck",
    "wrong accuracy sigmoid threshold 0.5 logits": (
        "common-errors#the-loss-falls-and-the-accuracy-stays-at-chance"
    ),
    # Error messages, as they are pasted
    "IndexError: Target 10 is out of bounds.": "common-errors#target-3-is-out-of-bounds",
    "RuntimeError: expected scalar type Long but found Float": (
        "common-errors#expected-target-dtype-to-be-long-or-byte-but-got-float"
    ),
    "expected scalar type Float but found Double": (
        "common-errors#expected-scalar-type-float-but-found-double"
    ),
    "0D or 1D target tensor expected, multi-target not supported": (
        "common-errors#d-or-1d-target-tensor-expected-multi-target-not-supported"
    ),
    "Expected input batch_size (32) to match target batch_size (31).": (
        "common-errors#expected-input-batch-size-4-to-match-target-batch-size-3"
    ),
    "only batches of spatial targets supported (3D tensors) but got targets of size": (
        "common-errors#only-batches-of-spatial-targets-supported-3d-tensors-"
        "but-got-targets-of-dimension-4"
    ),
    "all elements of input should be between 0 and 1": (
        "common-errors#all-elements-of-input-should-be-between-0-and-1"
    ),
    "CUDA error: device-side assert triggered": (
        "common-errors#cuda-error-device-side-assert-triggered"
    ),
    "BCELoss unsafe to autocast": (
        "common-errors#torch-nn-functional-binary-cross-entropy-and-torch-nn-bceloss-"
        "are-unsafe-to-autocast"
    ),
    "Trying to backward through the graph a second time": (
        "common-errors#trying-to-backward-through-the-graph-a-second-time"
    ),
    "loss backward twice error": (
        "common-errors#trying-to-backward-through-the-graph-a-second-time"
    ),
    "argmax not differentiable loss": (
        "common-errors#element-0-of-tensors-does-not-require-grad-and-does-not-have-a-grad-fn"
    ),
    "softmax dim warning": (
        "common-errors#implicit-dimension-choice-for-softmax-has-been-deprecated-"
        "change-the-call-to-include-dim-x-as-an-argument"
    ),
    "squeeze target dimension error": (
        "common-errors#d-or-1d-target-tensor-expected-multi-target-not-supported"
    ),
    "must be Tensor, not dict": (
        "common-errors#cross-entropy-loss-argument-input-position-1-must-be-tensor-not-list"
    ),
    "F.cross_entropy(out[0], y)": (
        "common-errors#cross-entropy-loss-argument-input-position-1-must-be-tensor-not-list"
    ),
    "pretrained model outputs tuple cross entropy error": (
        "common-errors#cross-entropy-loss-argument-input-position-1-must-be-tensor-not-list"
    ),
    "cannot assign 'str' object to buffer 'weight'": (
        "common-errors#cannot-assign-list-object-to-buffer-weight-torch-tensor-or-none-required"
    ),
    "Could not run 'aten::_log_softmax.out' with arguments from the 'QuantizedCPU' backend.": (
        "common-errors#could-not-run-aten-log-softmax-with-arguments-from-the-sparsecpu-backend"
    ),
    "grad can be implicitly created only for scalar outputs": (
        "common-errors#grad-can-be-implicitly-created-only-for-scalar-outputs"
    ),
    "element 0 of tensors does not require grad": (
        "common-errors#element-0-of-tensors-does-not-require-grad-and-does-not-have-a-grad-fn"
    ),
    "Implicit dimension choice for softmax": (
        "common-errors#implicit-dimension-choice-for-softmax-has-been-deprecated-"
        "change-the-call-to-include-dim-x-as-an-argument"
    ),
    "Target size (torch.Size([16])) must be the same as input size (torch.Size([16, 1]))": (
        "common-errors#target-size-torch-size-4-must-be-the-same-as-input-size-torch-size-4-1"
    ),
    "weight tensor should be defined either for all 10 classes or no classes": (
        "common-errors#weight-tensor-should-be-defined-either-for-all-3-classes-or-no-classes-"
        "but-got-weight-tensor-of-shape-4"
    ),
    "Expected all tensors to be on the same device, cuda:0 and cpu!": (
        "common-errors#expected-all-tensors-to-be-on-the-same-device"
    ),
    "nll_loss2d deterministic implementation": (
        "common-errors#nll-loss2d-forward-out-cuda-template-does-not-have-a-deterministic-"
        "implementation"
    ),
    "how to convert loss tensor to numpy": (
        "common-errors#can-t-convert-cuda-0-device-type-tensor-to-numpy-use-tensor-cpu-to-"
        "copy-the-tensor-to-host-memory-first"
    ),
    "expected scalar type Half but found Float": (
        "common-errors#expected-scalar-type-float-but-found-double"
    ),
    "'list' object has no attribute 'log_softmax'": (
        "common-errors#cross-entropy-loss-argument-input-position-1-must-be-tensor-not-list"
    ),
    "forward() missing target": (
        "common-errors#crossentropyloss-forward-missing-1-required-positional-argument-target"
    ),
    "BCELoss got an unexpected keyword argument 'pos_weight'": (
        "common-errors#crossentropyloss-init-got-an-unexpected-keyword-argument-pos-weight"
    ),
    "bceloss input must be between 0 and 1": (
        "common-errors#all-elements-of-input-should-be-between-0-and-1"
    ),
    "only one element tensors can be converted to Python scalars": (
        "common-errors#a-tensor-with-4-elements-cannot-be-converted-to-scalar"
    ),
    "grad can be implicitly created": (
        "common-errors#grad-can-be-implicitly-created-only-for-scalar-outputs"
    ),
    "loss requires_grad False": (
        "common-errors#element-0-of-tensors-does-not-require-grad-and-does-not-have-a-grad-fn"
    ),
    "Can't call numpy() on Tensor that requires grad": (
        "common-errors#can-t-call-numpy-on-tensor-that-requires-grad-use-tensor-detach-numpy-"
        "instead"
    ),
    "retain_graph=True error": "common-errors#trying-to-backward-through-the-graph-a-second-time",
    "unexpected keyword argument 'label_smoothing'": (
        "common-errors#crossentropyloss-init-got-an-unexpected-keyword-argument-pos-weight"
    ),
    "Assertion input_val >= zero && input_val <= one failed": (
        "common-errors#all-elements-of-input-should-be-between-0-and-1"
    ),
    "batch size mismatch cross entropy": (
        "common-errors#expected-input-batch-size-4-to-match-target-batch-size-3"
    ),
    "ValueError: Target size (torch.Size([8])) must be the same as input size (torch.Size([8, 1]))": (
        "common-errors#target-size-torch-size-4-must-be-the-same-as-input-size-torch-size-4-1"
    ),
    "size of tensor a must match the size of tensor b pos_weight": (
        "common-errors#the-size-of-tensor-a-4-must-match-the-size-of-tensor-b-3-at-non-"
        "singleton-dimension-1"
    ),
    "Found dtype Double but expected Float": "common-errors#found-dtype-long-but-expected-float",
    "invalid reduction value": "common-errors#avg-is-not-a-valid-value-for-reduction",
    "IndexError dimension out of range cross entropy": (
        "common-errors#dimension-out-of-range-expected-to-be-in-range-of-2-1-but-got-2"
    ),
    "loss.backward() vector not scalar": (
        "common-errors#grad-can-be-implicitly-created-only-for-scalar-outputs"
    ),
    "does not have a grad_fn": (
        "common-errors#element-0-of-tensors-does-not-require-grad-and-does-not-have-a-grad-fn"
    ),
    "'float' object has no attribute backward": (
        "common-errors#float-object-has-no-attribute-backward"
    ),
    "inplace operation error backward": (
        "common-errors#one-of-the-variables-needed-for-gradient-computation-has-been-modified-"
        "by-an-inplace-operation"
    ),
    "Target -1 is out of bounds": "common-errors#target-3-is-out-of-bounds",
    "class weights to cuda": "common-errors#expected-all-tensors-to-be-on-the-same-device",
    "size_average deprecated": (
        "common-errors#size-average-and-reduce-args-will-be-deprecated-please-use-reduction-"
        "sum-instead"
    ),
    "Using a target size that is different to the input size": (
        "common-errors#target-size-torch-size-4-must-be-the-same-as-input-size-torch-size-4-1"
    ),
    "t >= 0 && t < n_classes assertion failed": (
        "common-errors#cuda-error-device-side-assert-triggered"
    ),
    "labels must start from 0": "common-errors#target-3-is-out-of-bounds",
    "expected object of scalar type long but got float": (
        "common-errors#expected-target-dtype-to-be-long-or-byte-but-got-float"
    ),
    "target should be LongTensor": (
        "common-errors#expected-target-dtype-to-be-long-or-byte-but-got-float"
    ),
    "multilabel_margin cross entropy 1D target tensor expected": (
        "common-errors#d-or-1d-target-tensor-expected-multi-target-not-supported"
    ),
    "ValueError: Expected input batch_size (64) to match target batch_size (32)": (
        "common-errors#expected-input-batch-size-4-to-match-target-batch-size-3"
    ),
    "Expected target size [32, 10], got [32]": "common-errors#expected-target-size-2-3-got-2-5",
    "unsqueeze target BCEWithLogitsLoss": (
        "common-errors#target-size-torch-size-4-must-be-the-same-as-input-size-torch-size-4-1"
    ),
    "weight tensor should be defined either for all classes": (
        "common-errors#weight-tensor-should-be-defined-either-for-all-3-classes-or-no-classes-"
        "but-got-weight-tensor-of-shape-4"
    ),
    "Found dtype Long but expected Float bce": "common-errors#found-dtype-long-but-expected-float",
    "argument 'target' must be Tensor, not tuple": (
        "common-errors#cross-entropy-loss-argument-input-position-1-must-be-tensor-not-list"
    ),
    "'SequenceClassifierOutput' object has no attribute 'log_softmax'": (
        "common-errors#cross-entropy-loss-argument-input-position-1-must-be-tensor-not-list"
    ),
    "Boolean value of Tensor is ambiguous loss": (
        "common-errors#boolean-value-of-tensor-with-more-than-one-value-is-ambiguous"
    ),
    "target between 0 and 1 bce error": (
        "common-errors#all-elements-of-target-should-be-between-0-and-1"
    ),
    "Dimension out of range expected to be in range of [-1, 0], but got 1": (
        "common-errors#dimension-out-of-range-expected-to-be-in-range-of-2-1-but-got-2"
    ),
    "'int' object has no attribute 'backward'": (
        "common-errors#float-object-has-no-attribute-backward"
    ),
    "tensors on same device cuda:0 cpu loss": (
        "common-errors#expected-all-tensors-to-be-on-the-same-device"
    ),
    "binary_cross_entropy unsafe to autocast amp": (
        "common-errors#torch-nn-functional-binary-cross-entropy-and-torch-nn-bceloss-are-"
        "unsafe-to-autocast"
    ),
    "RuntimeError: Expected floating point type for target with class probabilities, got Int": (
        "common-errors#expected-floating-point-type-for-target-with-class-probabilities-got-long"
    ),
    "IndexError: Target 5 is out of bounds.": "common-errors#target-3-is-out-of-bounds",
    "multi-target not supported": (
        "common-errors#d-or-1d-target-tensor-expected-multi-target-not-supported"
    ),
    "RuntimeError: expected scalar type Long but found Int": (
        "common-errors#expected-target-dtype-to-be-long-or-byte-but-got-float"
    ),
    "batch size mismatch lm shift": (
        "common-errors#expected-input-batch-size-4-to-match-target-batch-size-3"
    ),
    "AttributeError: 'tuple' object has no attribute 'log_softmax'": (
        "common-errors#cross-entropy-loss-argument-input-position-1-must-be-tensor-not-list"
    ),
    "AttributeError: 'InceptionOutputs' object has no attribute 'log_softmax'": (
        "common-errors#cross-entropy-loss-argument-input-position-1-must-be-tensor-not-list"
    ),
    "forward() missing 1 required positional argument: 'target'": (
        "common-errors#crossentropyloss-forward-missing-1-required-positional-argument-target"
    ),
    "__init__() got an unexpected keyword argument 'pos_weight'": (
        "common-errors#crossentropyloss-init-got-an-unexpected-keyword-argument-pos-weight"
    ),
    "learnable class weights": (
        "common-errors#the-function-nll-loss-forward-is-not-differentiable-with-respect-to-"
        "argument-weight"
    ),
    # What people believe
    "loss greater than 1": ("misreadings#a-loss-above-1-is-a-bug"),
    "is 0.69 a good loss": "misreadings#a-loss-of-0-69-means-that-the-model-guesses",
    "does temperature change accuracy": "misreadings#a-temperature-changes-the-accuracy",
    "are softmax outputs probabilities": (
        "misreadings#softmax-gives-probabilities-so-0-9-is-right-nine-times-in-ten"
    ),
    "compare perplexity across tokenizers": (
        "misreadings#the-model-with-the-lower-perplexity-is-the-better-one"
    ),
    "bce vs cross entropy one hot": (
        "misreadings#binary-cross-entropy-on-one-hot-rows-is-cross-entropy"
    ),
    "lower loss but lower accuracy": (
        "misreadings#the-lower-loss-belongs-to-the-more-accurate-model"
    ),
    "class weights separable data": ("misreadings#class-weights-move-the-boundary-of-any-model"),
    # Other libraries
    "keras and pytorch give different losses": "elsewhere",
    "keras from_logits": "elsewhere#keras-gives-0-1054-pytorch-0-6178",
    "loss 16.118": "elsewhere#cut-off-at-16-1181-15-9424-36-0437-or-100",
    "optax one-hot": "elsewhere#optax-wants-one-hot-or-integers",
    "α in Keras": "elsewhere#label-smoothing",
    "K in label smoothing Keras": "elsewhere#label-smoothing",
    "label smoothing alpha/K or alpha/(K-1)": "questions#is-label-smoothing-alpha-k-or-alpha-k-1",
    "keras class_weight": "elsewhere#class-weights-what-the-mean-divides-by",
    "ignore_index in jax": "elsewhere#padding-ignored-labels",
    "kl_div argument order scipy": "elsewhere#kl-divergence-which-argument-comes-first",
    "scipy entropy of counts": "elsewhere#scipys-entropy-of-counts",
    "y_true contains only one label": "elsewhere#log-loss-raises-warns-or-clips",
    "keras class_weight vs pytorch weight": "elsewhere#class-weights-what-the-mean-divides-by",
    "sparse categorical crossentropy pytorch": "elsewhere#one-of-k-classes",
    "categorical_crossentropy vs sparse_categorical_crossentropy": "elsewhere#one-of-k-classes",
    "keras from_logits=True": "elsewhere#keras-gives-0-1054-pytorch-0-6178",
    "sigmoid_focal_loss torchvision": "elsewhere#focal-loss-a-quarter-of-it",
    "scikit-learn log_loss different": (
        "elsewhere#why-does-crossentropyloss-differ-from-scikit-learns-log-loss"
    ),
    "log_loss labels parameter": "elsewhere#log-loss-raises-warns-or-clips",
    "tf.keras.losses.KLDivergence": "elsewhere#kl-divergence-which-argument-comes-first",
    # Identifiers
    "pos_weight": "binary-cross-entropy#weight-and-pos-weight",
    "ignore_index": "cross-entropy-loss#what-is-ignored-and-what-is-averaged",
    "label_smoothing": "label-smoothing",
    "nll_loss": "softmax-and-nll#the-second-half-nll-loss",
    "torch.compile": "gpu-and-scale#what-torch-compile-does",
    "log_target": "kl-divergence#against-pytorch",
    "batchmean": "kl-divergence#the-loss-is-too-small-reduction-mean",
    "linear_cross_entropy": "gpu-and-scale#in-chunks",
    "logsumexp": "softmax-and-nll#log-sum-exp-without-overflow",
    "WeightedRandomSampler": "weighted-cross-entropy#which-weights",
    "use_deterministic_algorithms": (
        "gpu-and-scale#what-use-deterministic-algorithms-does-to-these-losses"
    ),
    "detect_anomaly": "training#where-a-gradient-of-nan-begins",
    "ignore_index=0": "cross-entropy-loss#what-is-ignored-and-what-is-averaged",
    "GradScaler": "training#mixed-precision",
    "num_items_in_batch": "questions#why-is-num-items-in-batch-larger-than-batch-size-times-length",
    "loss_parallel": "gpu-and-scale#the-classes-shared-out",
    "fit_temperature": "calibration#in-pytorch",
    "nn.CrossEntropyLoss": "cross-entropy-loss",
    # Questions
    "do I need softmax at inference": "questions#do-i-need-a-softmax-before-nn-crossentropyloss",
    "cross entropy per pixel": (
        "questions#why-are-logits-and-targets-of-an-image-flattened-before-the-loss"
    ),
    "pixel wise loss segmentation": (
        "questions#why-are-logits-and-targets-of-an-image-flattened-before-the-loss"
    ),
    "how to weight samples": "questions#how-do-i-get-the-weighted-loss-of-each-sample",
    "what is a logit": "softmax-and-nll#what-a-logit-is",
    "why the logarithm": "cross-entropy#why-the-logarithm-of-all-payments",
    "bits or nats": "entropy#bits-and-nats",
    "is kl divergence a distance": "kl-divergence#not-a-distance",
    "forward or reverse kl": "kl-divergence#which-direction",
    "add epsilon 1e-8 to kl": "kl-divergence#just-add-1e-8-run",
    "kl with zeros": "kl-divergence#two-kinds-of-zero",
    "jensen shannon": "kl-divergence#jensenshannon-the-bounded-one",
    "knowledge distillation": ("kl-divergence#distillation-learning-from-a-models-probabilities"),
    "maximum likelihood": "cross-entropy#maximum-likelihood-is-the-same-sum",
    "perplexity": "entropy#perplexity-entropy-as-a-number-of-choices",
    "one hot targets": "cross-entropy-loss#one-hot-integers-columns-floats",
    "class dimension last": (
        "cross-entropy-loss#the-loss-is-plausible-and-wrong-the-class-axis-last"
    ),
    "soft labels": "cross-entropy-loss#indices-or-probabilities",
    "mask invalid actions -inf": "cross-entropy-loss#masked-classes",
    "multi label": "binary-cross-entropy#many-questions-at-once",
    "softmax or sigmoid for two classes": "binary-cross-entropy#two-classes-one-number",
    "noisy labels": "label-smoothing#wrong-labels",
    "temperature scaling": "calibration#temperature-scaling",
    "brier score": "calibration#the-brier-score-and-its-two-parts",
    "expected calibration error": "calibration#what-the-calibration-error-does-not-see",
    "how to choose class weights": "weighted-cross-entropy#which-weights",
    "imbalanced classes threshold": "weighted-cross-entropy#the-threshold",
    "focal loss": "weighted-cross-entropy#focal-loss",
    "focal loss gives nan": "weighted-cross-entropy#home-made-focal-losses-and-a-test",
    "imbalanced dataset": "weighted-cross-entropy",
    "class imbalance": "weighted-cross-entropy",
    "overconfident model": "calibration#networks-that-were-really-trained",
    "huggingface labels -100": "training#padding",
    "entropy negative": "questions#why-do-i-get-a-negative-shannon-entropy-from-my-array",
    "difference between log loss and cross entropy": (
        "misreadings#cross-entropy-and-nll-are-two-losses"
    ),
    "focal loss implementation": "weighted-cross-entropy#home-made-focal-losses-and-a-test",
    "logit adjustment": "weighted-cross-entropy#logit-adjustment",
    "huffman": "codes#the-best-code-huffmans",
    "kraft": "codes#krafts-inequality-both-ways",
    "entropy estimate small sample bias": "codes#why-too-low-and-by-how-much",
    "mutual information": "two-things-at-once#the-definition-and-why-the-bars-fit",
    "contrastive loss": "many-classes#a-question-first-pictures-and-captions",
    "sampled softmax": "many-classes#when-the-sum-is-too-long",
    "ordinal classes": "many-classes#classes-in-order",
    "which loss": "which-loss",
    "CTCLoss vs CrossEntropyLoss": "which-loss",
    "OCR loss sequence no alignment": "which-loss",
    "hinge loss vs cross entropy": "which-loss",
    "MultiMarginLoss or CrossEntropyLoss": "which-loss",
    "dice loss or cross entropy": "questions#dice-loss-or-cross-entropy-for-segmentation",
    "multi task loss weights": "which-loss",
    "how to combine two losses": "which-loss",
    "mse loss for classification": "which-loss",
    "mask -1e9 on true class loss huge": "cross-entropy-loss#masked-classes",
    "view instead of permute": (
        "cross-entropy-loss#the-loss-is-plausible-and-wrong-the-class-axis-last"
    ),
    "VAE bce reduction sum or mean": (
        "questions#sum-or-mean-over-the-pixels-in-the-loss-of-a-variational-autoencoder"
    ),
    "relu before cross entropy": "common-errors#the-loss-is-stuck",
    "label 255 segmentation": "common-errors#target-3-is-out-of-bounds",
    "mask divided by 255": ("common-errors#expected-target-dtype-to-be-long-or-byte-but-got-float"),
    "accuracy 10% cifar10 loss 2.30": (
        "common-errors#the-loss-falls-and-the-accuracy-stays-at-chance"
    ),
    "test accuracy always the same every epoch": (
        "common-errors#the-loss-falls-and-the-accuracy-stays-at-chance"
    ),
    "one class segmentation background only loss 0": "common-errors#the-loss-is-0",
    "gradient of cross entropy softmax": "softmax-and-nll#the-gradient",
    "overflow exp large logits": "softmax-and-nll#large-logits-the-formula-and-the-computer",
    "label smoothing ignore_index": (
        "questions#does-label-smoothing-count-samples-with-ignore-index"
    ),
    "pytorch training loop example": "training#the-whole-loop",
    "action masking reinforcement learning -inf": "cross-entropy-loss#masked-classes",
    "permute logits cross entropy": (
        "cross-entropy-loss#the-loss-is-plausible-and-wrong-the-class-axis-last"
    ),
    "negative sampling loss": "many-classes#when-the-sum-is-too-long",
    "ignore padding in loss": "training#padding",
    "what does loss of 0.3 mean": "index#what-does-my-loss-mean",
    "kl divergence asymmetric": "kl-divergence#not-a-distance",
    "poisson loss negative log likelihood": "softmax-and-nll#one-recipe-behind-all-losses",
    "entropy maximum uniform": "entropy#the-most-open-distribution-is-the-uniform-one",
    "move threshold instead of weights": "weighted-cross-entropy#the-threshold",
    "how to calculate class weights": "weighted-cross-entropy#which-weights",
    "compression and entropy": "entropy#what-the-number-promises-codes",
    "focal loss alpha": "questions#is-alpha-in-the-focal-loss-the-same-for-both-classes",
    "which loss function for multiclass classification": "which-loss",
    "nan gradients but loss is fine": "training#where-a-gradient-of-nan-begins",
    "what is softmax": "softmax-and-nll",
    "softmax numerical stability": "softmax-and-nll#large-logits-the-formula-and-the-computer",
    "backprop softmax": "softmax-and-nll#the-gradient",
    "crossentropyloss input shape": "cross-entropy-loss#shapes",
    "crossentropyloss one hot target": "cross-entropy-loss#indices-or-probabilities",
    "reduction mean vs sum": "cross-entropy-loss#argument-by-argument",
    "argmax dim": "cross-entropy-loss#the-accuracy-is-wrong-argmax-over-the-wrong-axis",
    "1 output sigmoid or 2 outputs softmax": (
        "questions#is-one-sigmoid-output-the-same-as-two-softmax-outputs"
    ),
    "pos_weight calculation": "binary-cross-entropy#weight-and-pos-weight",
    "bce clamp -100": "binary-cross-entropy#bceloss-and-the-number-100",
    "vae loss sum or mean": (
        "questions#sum-or-mean-over-the-pixels-in-the-loss-of-a-variational-autoencoder"
    ),
    "what is label smoothing": "label-smoothing",
    "label smoothing formula pytorch": "label-smoothing#the-definition-and-its-two-parts",
    "mixup cross entropy": "questions#should-i-smooth-labels-before-mixup-or-in-the-loss",
    "symmetric cross entropy noisy labels": "label-smoothing#wrong-labels",
    "reliability diagram": "calibration#worked-by-hand",
    "brier score vs log loss": "calibration#the-brier-score-and-its-two-parts",
    "class weights crossentropy pytorch": "weighted-cross-entropy",
    "class weights probabilities not calibrated": (
        "weighted-cross-entropy#balanced-weights-give-calibrated-probabilities"
    ),
    "focal loss gamma meaning": "weighted-cross-entropy#focal-loss",
    "precision recall tradeoff imbalanced": "weighted-cross-entropy#the-threshold",
    "batch loss average epoch wrong": "training#uneven-batches",
    "when to call zero_grad": "questions#why-do-i-have-to-call-optimizer-zero-grad",
    "how to read training curves": "training#reading-the-log",
    "clip loss temperature": "many-classes#start-floor-and-t",
    "supervised contrastive multiple positives": (
        "questions#what-is-infonce-with-several-positives-for-one-query"
    ),
    "why exp in softmax": "softmax-and-nll#the-definition",
    "log sum exp trick": "softmax-and-nll#log-sum-exp-without-overflow",
    "liger kernel": "gpu-and-scale#in-production",
    "fused linear cross entropy": "gpu-and-scale#in-chunks",
    "derivative of softmax cross entropy with respect to logits": "softmax-and-nll#the-gradient",
    "why is cross entropy slow": "gpu-and-scale#what-bounds-the-time",
    "invert softmax": "questions#can-i-get-the-logits-back-from-the-probabilities",
    "multi gpu loss different": "gpu-and-scale#the-samples-shared-out-another-number-on-two-gpus",
    "crossentropyloss arguments": "cross-entropy-loss#argument-by-argument",
    "loss.item() slow": "gpu-and-scale#loss-item-costs-nothing",
    "cross entropy loss 3d input sequence": "cross-entropy-loss#shapes",
    "what is entropy": "entropy",
    "cross entropy with probabilities as target": (
        "questions#can-crossentropyloss-take-soft-labels-or-probabilities-as-target"
    ),
    "self information surprisal": "entropy#surprisal-how-much-one-outcome-tells",
    "KLDivLoss returns negative values": (
        "kl-divergence#the-loss-is-negative-probabilities-where-logarithms-belong"
    ),
    "binary entropy function": "entropy#two-outcomes",
    "last batch smaller loss": "training#uneven-batches",
    "scipy entropy not zero": "questions#why-is-scipy-stats-entropy-1-1-1-1-not-0",
    "miller madow": "codes#why-too-low-and-by-how-much",
    "kraft inequality": "codes#krafts-inequality-both-ways",
    "cross entropy for binary classification two outputs": (
        "binary-cross-entropy#two-classes-one-number"
    ),
    "arithmetic coding vs huffman": (
        "questions#does-fse-or-arithmetic-coding-always-compress-better-than-huffman"
    ),
    "NT-Xent loss stuck at log(batch size)": "many-classes#start-floor-and-t",
    "uncorrelated but dependent": "two-things-at-once#misreading-uncorrelated-hence-independent",
    "adaptive softmax": "many-classes#when-the-sum-is-too-long",
    "autocast loss float32": "training#mixed-precision",
    "label smoothing 0.1 minimum loss": "label-smoothing#the-floor-and-where-it-is",
    "mode seeking vs mode covering": "kl-divergence#which-direction",
    "why zero_grad": "training#forgotten-zero-grad-and-the-shuffling",
    "kldivloss input log probabilities": "kl-divergence#against-pytorch",
    "torch.compile cross entropy slow": "gpu-and-scale#what-torch-compile-does",
    "js divergence vs kl": "kl-divergence#jensenshannon-the-bounded-one",
    "bf16 vs fp32 loss": "gpu-and-scale#half-precision-how-far-off",
    "add one smoothing unseen words": "kl-divergence#smoothing-worked-by-hand",
    "ece how many bins": "questions#how-many-bins-should-i-use-for-the-ece",
    "what is cross entropy": "cross-entropy",
    "is my model overconfident": "calibration#networks-that-were-really-trained",
    "pad token loss transformer": "training#padding",
    "shannon entropy formula": "entropy#the-definition",
    "multi-label classification loss": "binary-cross-entropy#many-questions-at-once",
    "bits per byte": "cross-entropy#perplexity-and-the-two-units",
    "entropy of coin flip": "entropy#two-outcomes",
    "floating point addition order": "gpu-and-scale#why-the-last-digits-differ",
    "loss for semantic segmentation": (
        "questions#why-are-logits-and-targets-of-an-image-flattened-before-the-loss"
    ),
    "ddp loss average wrong": "gpu-and-scale#the-samples-shared-out-another-number-on-two-gpus",
    "undersampling majority class": "weighted-cross-entropy",
    "Function 'LogSoftmaxBackward0' returned nan values in its 0th output": (
        "training#where-a-gradient-of-nan-begins"
    ),
    "loss 1.4612 mnist": "cross-entropy-loss#the-loss-stops-falling-two-activations",
    "diagnose my loss function": "diagnosis",
    "ordinal regression loss": "many-classes#classes-in-order",
    "normalized mutual information": (
        "questions#is-normalised-mutual-information-the-same-as-mutual-information"
    ),
    "huffman coding example": "codes#the-best-code-huffmans",
    "prefix code": "codes#four-words-that-must-fit",
    "focal loss pytorch": "weighted-cross-entropy#focal-loss",
    "kl divergence formula": "kl-divergence#the-definition",
    "shuffle data every epoch": "training#forgotten-zero-grad-and-the-shuffling",
    "autoencoder reconstruction loss not zero": (
        "binary-cross-entropy#why-a-reconstruction-loss-doesnt-reach-0"
    ),
    "cut cross entropy": "gpu-and-scale#in-production",
    "perplexity calculation huggingface": "questions#is-perplexity-e-to-the-power-of-the-loss",
    "batchmean vs mean": "kl-divergence#the-loss-is-too-small-reduction-mean",
    "mask logits before softmax": "cross-entropy-loss#masked-classes",
    "what is calibration": "calibration",
    "distillation loss pytorch": "kl-divergence#distillation-learning-from-a-models-probabilities",
    "chunked cross entropy": "gpu-and-scale#in-chunks",
    "differential entropy negative": (
        "questions#why-is-the-entropy-of-a-continuous-variable-negative"
    ),
    "cross entropy minimum not zero soft labels": "cross-entropy#a-loss-that-stops-at-0-55",
    "memory leak total_loss += loss": "questions#why-does-gpu-memory-grow-when-i-sum-up-the-losses",
    "laplace smoothing": "kl-divergence#smoothing-worked-by-hand",
    "nats to bits": "entropy#bits-and-nats",
    "compute loss online": "workbench",
    "training loss won't go below 1.46": (
        "cross-entropy-loss#the-loss-stops-falling-two-activations"
    ),
    "what is a good cross entropy loss value": "index#what-does-my-loss-mean",
    "train with noisy labels loss": "label-smoothing#wrong-labels",
    "how to calculate accuracy from logits": (
        "cross-entropy-loss#the-accuracy-is-wrong-argmax-over-the-wrong-axis"
    ),
    "missing labels multi task nan": "training#padding",
    "cross entropy or mean squared error": "cross-entropy#why-the-logarithm-of-all-payments",
    "cross entropy formula": "cross-entropy#the-definition",
    "CrossEntropyLoss expects logits or probabilities": (
        "questions#do-i-need-a-softmax-before-nn-crossentropyloss"
    ),
    "CrossEntropyLoss needs softmax?": "questions#do-i-need-a-softmax-before-nn-crossentropyloss",
    "cross entropy loss with ignore index": (
        "cross-entropy-loss#what-is-ignored-and-what-is-averaged"
    ),
    "bf16 loss": "gpu-and-scale#half-precision-how-far-off",
    "bfloat16 cross entropy precision": "gpu-and-scale#half-precision-how-far-off",
    "vocab parallel cross entropy": "gpu-and-scale#the-classes-shared-out",
    "tensor parallel cross entropy": "gpu-and-scale#the-classes-shared-out",
    "threshold tuning": "weighted-cross-entropy#the-threshold",
    "how to choose the decision threshold": "weighted-cross-entropy#the-threshold",
    "mixup loss": "questions#should-i-smooth-labels-before-mixup-or-in-the-loss",
    "cutmix": "questions#should-i-smooth-labels-before-mixup-or-in-the-loss",
    "oversampling or class weights": "weighted-cross-entropy",
    "bce loss stuck at 0.69": "binary-cross-entropy#sigmoid-before-bce-with-logits",
    "cross entropy of one hot": "cross-entropy#one-hot-what-is-left-of-the-sum",
    "gradient of softmax": "softmax-and-nll#the-gradient",
    "derivative of cross entropy": "softmax-and-nll#the-gradient",
    "why is cross entropy used for classification": (
        "cross-entropy#why-the-logarithm-of-all-payments"
    ),
    "huggingface trainer loss": "training#padding",
    "trainer gradient accumulation loss bug": "training#uneven-batches",
    "masked language model loss": "training#padding",
    "next token prediction loss shift": "training#padding",
    "token level vs sequence level mean loss": "training#padding",
    "unet segmentation cross entropy target shape": (
        "questions#why-are-logits-and-targets-of-an-image-flattened-before-the-loss"
    ),
    "dice loss": "questions#dice-loss-or-cross-entropy-for-segmentation",
    "confidence penalty entropy regularization": "label-smoothing",
    "distillation temperature": "kl-divergence#distillation-learning-from-a-models-probabilities",
    "sum or mean loss": "cross-entropy-loss#argument-by-argument",
    # A loop that somebody watches
    "log2 instead of log": "entropy#the-wrong-base",
    "unbalanced multi label pos_weight how to compute": (
        "binary-cross-entropy#weight-and-pos-weight"
    ),
    "pos_weight inf nan loss": "binary-cross-entropy#weight-and-pos-weight",
    "label smoothing twice mixup": "label-smoothing#smoothed-twice",
    "minimum loss with label smoothing": "label-smoothing#the-floor-and-where-it-is",
    "simclr diagonal not masked": "many-classes#start-floor-and-t",
    "cosine similarity without temperature loss stuck": "many-classes#start-floor-and-t",
    "size mismatch (got input: [10], target: [1])": (
        "common-errors#for-1d-input-1d-target-must-have-size-1-but-got-target-size-4"
    ),
    "batch size 1 squeeze error": (
        "common-errors#for-1d-input-1d-target-must-have-size-1-but-got-target-size-4"
    ),
    "attention mask multiply logits": "training#padding",
    "loss averages over padding": "training#padding",
    "gradient accumulation loss different": "training#uneven-batches",
    "bce negative loss images -1 to 1": (
        "common-errors#all-elements-of-target-should-be-between-0-and-1"
    ),
    "mnist normalize bce target out of range": (
        "common-errors#all-elements-of-target-should-be-between-0-and-1"
    ),
    "optimizer not updating parameters": "common-errors#the-loss-is-stuck",
    "weights not updating": "common-errors#the-loss-is-stuck",
    "fp16 loss inf": "common-errors#the-loss-is-infinite",
    "masked_fill -1e9 half overflow": (
        "common-errors#value-cannot-be-converted-to-type-c10-half-without-overflow"
    ),
    "sklearn compute_class_weight float64": (
        "common-errors#expected-scalar-type-float-but-found-double"
    ),
    "class weight tensor device": "common-errors#expected-all-tensors-to-be-on-the-same-device",
    "target must be long": "common-errors#expected-target-dtype-to-be-long-or-byte-but-got-float",
    "out of vocabulary token index error": "common-errors#target-3-is-out-of-bounds",
    "Expected target size [8, 50257], got [8, 128]": "common-errors#expected-target-size-2-3-got-2-5",
    "result type Float can't be cast to the desired output type Long": (
        "common-errors#found-dtype-long-but-expected-float"
    ),
    "softmax with bceloss multi label": "binary-cross-entropy#many-questions-at-once",
    "train on small batches with class weights": (
        "weighted-cross-entropy#small-batches-blunt-the-weights"
    ),
    "distillation temperature squared": (
        "questions#why-is-the-distillation-loss-multiplied-by-t-squared"
    ),
    "all labels ignored nan": (
        "questions#why-is-crossentropyloss-nan-when-all-labels-are-ignore-index"
    ),
    # Single words
    "accuracy": "cross-entropy-loss#the-accuracy-is-wrong-argmax-over-the-wrong-axis",
    "softmax": "softmax-and-nll",
    "logits": "softmax-and-nll#what-a-logit-is",
    "nan": "common-errors#the-loss-is-nan",
    "inf": "common-errors#the-loss-is-infinite",
    "temperature": "calibration#temperature-scaling",
    "threshold": "weighted-cross-entropy#the-threshold",
    "weights": "weighted-cross-entropy",
    "padding": "training#padding",
    "mask": "cross-entropy-loss#masked-classes",
    "shape": "cross-entropy-loss#shapes",
    "seed": "glossary#seed",
    "speed": "gpu-and-scale#what-bounds-the-time",
    "calibration": "calibration",
    "ece": "calibration#what-the-calibration-error-does-not-see",
    "brier": "calibration#the-brier-score-and-its-two-parts",
    "entropy": "entropy",
    "surprisal": "entropy#surprisal-how-much-one-outcome-tells",
    "kl": "kl-divergence",
    "bits": "entropy#bits-and-nats",
    "nats": "entropy#bits-and-nats",
    "distillation": "kl-divergence#distillation-learning-from-a-models-probabilities",
    "mixup": "questions#should-i-smooth-labels-before-mixup-or-in-the-loss",
    "focal": "weighted-cross-entropy#focal-loss",
    "imbalance": "weighted-cross-entropy",
    "multilabel": "binary-cross-entropy#many-questions-at-once",
    "contrastive": "many-classes#a-question-first-pictures-and-captions",
    "ordinal": "many-classes#classes-in-order",
    "vae": "questions#sum-or-mean-over-the-pixels-in-the-loss-of-a-variational-autoencoder",
    "autoencoder": "binary-cross-entropy#why-a-reconstruction-loss-doesnt-reach-0",
    "keras": "elsewhere",
    "jax": "elsewhere",
    "optax": "elsewhere",
    "scipy": "elsewhere#scipys-entropy-of-counts",
    "huggingface": "training#padding",
    "ddp": "gpu-and-scale#the-samples-shared-out-another-number-on-two-gpus",
    "amp": "training#mixed-precision",
    "argmax": "glossary#argmax",
    "hinge": "which-loss",
    "ctc": "which-loss",
    "diagnose": "diagnosis",
    "explain": "diagnosis#how-the-number-came-about",
    "workbench": "workbench",
    "noise": "label-smoothing#wrong-labels",
    "SoftmaxExplorer": "explorers#lossutils.widgets.SoftmaxExplorer",
    # As one types
    "entro": "entropy",
    "label smo": "label-smoothing",
    "mutual inf": "two-things-at-once#the-definition-and-why-the-bars-fit",
    "calibrat": "calibration",
    "huff": "codes#the-best-code-huffmans",
    "perplex": "entropy#perplexity-entropy-as-a-number-of-choices",
    "focal lo": "weighted-cross-entropy#focal-loss",
    "cross entr": "cross-entropy",
    "binary cross ent": "binary-cross-entropy",
    # Typed carelessly
    "crossentropyloss nan": "common-errors#the-loss-is-nan",
    "mutaul information": "two-things-at-once#the-definition-and-why-the-bars-fit",
    "label smothing": "label-smoothing",
    "calibraton": "calibration",
    "entorpy": "entropy",
    "perplexty": "entropy#perplexity-entropy-as-a-number-of-choices",
    "kl divergance": "kl-divergence",
    "softmx": "softmax-and-nll",
    "focal los": "weighted-cross-entropy#focal-loss",
    "cros entropy": "cross-entropy",
    "LOSS IS NAN": "common-errors#the-loss-is-nan",
    "huffmann": "codes#the-best-code-huffmans",
    "knowlege distillation": "kl-divergence#distillation-learning-from-a-models-probabilities",
    "temprature scaling": "calibration#temperature-scaling",
    "imbalenced dataset": "weighted-cross-entropy",
    # Questions people ask
    "kl divergence between two gaussians": (
        "questions#what-is-the-kl-divergence-between-two-normal-distributions"
    ),
    "vae kl logvar formula": "questions#what-is-the-kl-divergence-between-two-normal-distributions",
    "probabilities after undersampling": (
        "questions#how-do-i-get-true-probabilities-back-after-undersampling-the-common-class"
    ),
    "best threshold for f1": "questions#which-threshold-is-best-for-f1",
    "platt scaling": "questions#platt-scaling-or-temperature-scaling-for-two-classes",
    "perplexity sliding window": (
        "questions#why-is-the-perplexity-of-chunks-or-of-a-sliding-window-not-that-of-the-whole-text"
    ),
    "gan discriminator loss stuck at 0.693": (
        "questions#why-does-the-loss-of-a-gans-discriminator-stay-near-0-693-or-1-386"
    ),
    "discriminator loss 1.386": (
        "questions#why-does-the-loss-of-a-gans-discriminator-stay-near-0-693-or-1-386"
    ),
    # A symptom for each finding, as people type it
    "pytorch loss function throws RuntimeError no idea why": "common-errors",
    "single logit CrossEntropyLoss doesn't train": "common-errors#the-loss-is-0",
    "get_dummies target pytorch cross entropy": "cross-entropy-loss#one-hot-integers-columns-floats",
    "labels are float32 cross entropy expected Long": (
        "common-errors#expected-target-dtype-to-be-long-or-byte-but-got-float"
    ),
    "weights contain inf because a class has no samples": (
        "weighted-cross-entropy#the-loss-is-nan-once-in-a-while"
    ),
    "batch contains only class with weight 0": (
        "weighted-cross-entropy#the-loss-is-nan-once-in-a-while"
    ),
    "softmax dim=0 mistake": "common-errors#no-error-and-a-wrong-number",
    "probabilities sum to one over batch instead of classes": (
        "common-errors#no-error-and-a-wrong-number"
    ),
    "sequence length equals number of classes": (
        "cross-entropy-loss#the-loss-is-plausible-and-wrong-the-class-axis-last"
    ),
    "mixup labels do not sum to one": "cross-entropy#a-target-that-is-no-distribution",
    "label_smoothing=1": "label-smoothing#the-floor-and-where-it-is",
    "smoothed one hot and label_smoothing argument together": "label-smoothing#smoothed-twice",
    "distillation forgot detach teacher": (
        "kl-divergence#distillation-learning-from-a-models-probabilities"
    ),
    "NaN Values creeping up on a simple CNN": "common-errors#the-loss-is-nan",
    "when using multiple GPUs, `loss.mean()` may have subtle bias": (
        "gpu-and-scale#the-samples-shared-out-another-number-on-two-gpus"
    ),
    "Vae loss negative": "questions#why-is-binary-cross-entropy-negative",
    "i use last hidden state of lstm directly as logits": "common-errors#the-loss-is-stuck",
    "unet deep supervision loss with different resolutions": (
        "common-errors#cross-entropy-loss-argument-input-position-1-must-be-tensor-not-list"
    ),
    "num_classes off by one": "common-errors#target-3-is-out-of-bounds",
    "per-pixel weight map cross entropy unet": (
        "questions#how-do-i-get-the-weighted-loss-of-each-sample"
    ),
    "distillation loss negative": (
        "kl-divergence#the-loss-is-negative-probabilities-where-logarithms-belong"
    ),
    "my loss is in the thousands": "common-errors#the-loss-explodes-or-jumps",
    "loss 100 times larger than expected": "common-errors#the-loss-explodes-or-jumps",
    "loss doubled when i doubled the batch": "common-errors#the-loss-differs-between-batch-sizes",
    "how to get per class loss": "questions#how-do-i-get-the-weighted-loss-of-each-sample",
    "torch.func vmap loss debug": "diagnosis#what-it-cant-see",
    "diagnose found nothing but loss still bad": "diagnosis#what-it-cant-see",
}


def test_what_people_type_leads_to_the_section_that_answers_it(open_page):
    page = open_page("search.html")
    page.get_by_role("searchbox").fill("loss")
    page.locator("#search-results li").first.wait_for()
    found = page.evaluate("(all) => all.map((query) => bookSearch.addresses(query)[0])", [*QUERIES])
    first = {
        query: (address or "nothing").removeprefix("chapters/").replace(".html", "")
        for query, address in zip(QUERIES, found, strict=True)
    }
    wrong = [
        f"{query!r} leads to {first[query]}, not to {wanted}"
        for query, wanted in QUERIES.items()
        if first[query] != wanted
    ]
    assert not wrong, "\n".join(wrong)
    assert len(QUERIES) >= 450
