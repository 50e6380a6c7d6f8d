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
    "dice loss or cross entropy": "which-loss",
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
    assert len(QUERIES) >= 60
