"""Golden cases of the vision architectures: ViT, CLIP, ConvNeXT, ResNet and MobileNetV2 of transformers, and
torchvision's MobileNetV2.

Run from anywhere; needs torch, transformers, torchvision and safetensors. Rewrites the cases it names.
"""

import json

from common import ids, randomise, right_padding, round_weights, write
import torch
import torchvision
from safetensors.torch import save_file
from transformers import (
    CLIPConfig,
    CLIPModel,
    CLIPTextConfig,
    CLIPTextModelWithProjection,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
    ConvNextConfig,
    ConvNextForImageClassification,
    MobileNetV2Config,
    MobileNetV2ForImageClassification,
    ResNetConfig,
    ResNetForImageClassification,
    ViTConfig,
    ViTForImageClassification,
    ViTModel,
)

torch.set_num_threads(1)


def pixels(rows, channels, height, width, seed):
    """Pictures as they are after the usual normalisation of pixels."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows, channels, height, width, generator=generator)


def randomise_normalised(model, seed, shape, gain=1.0):
    """As `randomise`, with running statistics as of training: near those of other pictures of this `shape`.

    Statistics drawn at random would leave most channels of such narrow networks always zero, or always at the clip of
    `relu6`. `gain` is what the gains lie around: 2.5 lets about one activation in fifty reach that clip. Of a mean
    only a part is taken off, and no channel is stretched much more than the others: of channels that hardly vary, or
    hardly differ from zero, more and more would be rounding, layer by layer.
    """
    randomise(model, seed)
    generator = torch.Generator().manual_seed(seed)

    def settle(norm, given):
        mean, deviation = given[0].mean((0, 2, 3)), given[0].std((0, 2, 3))
        share = 0.1 + 0.2 * torch.rand(mean.shape, generator=generator)
        norm.running_mean.copy_(share * mean + 0.1 * deviation * torch.randn(mean.shape, generator=generator))
        square = (given[0] - norm.running_mean[:, None, None]).square().mean((0, 2, 3))
        square = square.clamp(min=0.1 * square.mean())
        norm.running_var.copy_(square * (0.6 + 0.8 * torch.rand(mean.shape, generator=generator)))
        norm.weight.mul_(gain)

    norms = [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    hooks = [norm.register_forward_pre_hook(settle) for norm in norms]
    with torch.no_grad():
        model(pixels(16, *shape, seed + 1000))
    for hook in hooks:
        hook.remove()
    return model


def alive(model, inputs):
    """The shares of activations that are zero and that are clipped at 6, as text; neither may be most of a layer's."""
    shares = []

    def look(_, __, value):
        shares.append(((value == 0).float().mean().item(), (value == 6).float().mean().item()))

    kinds = (torch.nn.ReLU6, torch.nn.ReLU)
    hooks = [module.register_forward_hook(look) for module in model.modules() if isinstance(module, kinds)]
    with torch.no_grad():
        model(inputs)
    for hook in hooks:
        hook.remove()
    zero, clipped = zip(*shares)
    assert max(zero) < 0.8 and max(clipped) < 0.2, shares
    mean = lambda values: sum(values) / len(values)
    return f"zero {mean(zero):.2f}, at most {max(zero):.2f}; clipped {mean(clipped):.3f}, at most {max(clipped):.3f}"


def traces(states):
    """Hidden states by name."""
    return {f"hidden_states.{index}": state for index, state in enumerate(states)}


def outputs_of(result, names):
    """The named parts of a result, and its hidden states."""
    return {**{name: result[name] for name in names}, **traces(result.hidden_states or ())}


def picture_case(case, model, inputs, names, dtype=torch.float32):
    """One case of a model of pictures."""
    with torch.no_grad():
        result = model(pixel_values=inputs, output_hidden_states=True)
    write(case, model, {"pixel_values": inputs}, outputs_of(result, names), dtype)


def vit():
    common = dict(num_hidden_layers=2, attn_implementation="eager")
    plain = dict(
        hidden_size=32, num_attention_heads=4, intermediate_size=64, image_size=16, patch_size=4, num_labels=4, **common
    )
    # The picture is no whole number of patches wide: the rest is not seen.
    odd = dict(
        hidden_size=24, num_attention_heads=3, intermediate_size=40, image_size=17, patch_size=5, num_channels=1,
        qkv_bias=False, hidden_act="gelu_new", layer_norm_eps=1e-3, num_labels=5, **common,
    )  # fmt: skip
    pooled = dict(pooler_output_size=20, pooler_act="relu")
    both = ["last_hidden_state", "pooler_output"]
    cases = [
        ("vit-image-classification", ViTForImageClassification, plain, ["logits"], torch.float32),
        ("vit-image-classification-odd", ViTForImageClassification, odd, ["logits"], torch.float32),
        ("vit-model", ViTModel, plain, both, torch.float32),
        ("vit-model-odd", ViTModel, {**odd, **pooled}, both, torch.float32),
        ("vit-image-classification-float16", ViTForImageClassification, plain, ["logits"], torch.float16),
        ("vit-image-classification-bfloat16", ViTForImageClassification, odd, ["logits"], torch.bfloat16),
    ]
    for seed, (case, kind, config, names, dtype) in enumerate(cases, 100):
        model = round_weights(randomise(kind(ViTConfig(**config)), seed), dtype)
        size = config["image_size"]
        picture_case(case, model, pixels(2, config.get("num_channels", 3), size, size, seed), names, dtype)


TEXT = dict(
    vocab_size=60, hidden_size=32, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4,
    max_position_embeddings=16, projection_dim=24,
)  # fmt: skip
TEXT_ODD = dict(
    vocab_size=61, hidden_size=24, intermediate_size=40, num_hidden_layers=3, num_attention_heads=3,
    max_position_embeddings=19, projection_dim=20, hidden_act="gelu", layer_norm_eps=1e-3,
)  # fmt: skip
VISION = dict(
    hidden_size=24, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2, image_size=16, patch_size=4,
    projection_dim=24,
)  # fmt: skip
VISION_ODD = dict(
    hidden_size=24, intermediate_size=40, num_hidden_layers=1, num_attention_heads=3, image_size=17, patch_size=5,
    num_channels=1, projection_dim=20, hidden_act="gelu", layer_norm_eps=1e-3,
)  # fmt: skip
# Public checkpoints from before July 2023 say 2 and mean the largest id of a row.
OLD_END, END, END_ODD = dict(eos_token_id=2), dict(eos_token_id=59), dict(eos_token_id=7)


def texts(config, end, seed):
    """Ids whose rows end at different places, padded with the end itself, and their mask."""
    length, vocabulary = config["max_position_embeddings"], config["vocab_size"]
    written = ids(3, length, vocabulary - 1, seed, low=8)
    for row, last in enumerate((length - 1, length - 6, length - 4)):
        written[row, last:] = vocabulary - 1 if end == 2 else end
    return written, right_padding(3, length, 3)


def clip():
    cases = [
        ("clip-model", dict(projection_dim=24), {**TEXT, **END}, VISION),
        ("clip-model-odd", dict(projection_dim=20), {**TEXT_ODD, **END_ODD}, VISION_ODD),
        ("clip-model-old-end", dict(projection_dim=24), {**TEXT, **OLD_END}, VISION),
    ]
    for seed, (case, joint, text, vision) in enumerate(cases, 200):
        model = CLIPModel(CLIPConfig(text_config=text, vision_config=vision, attn_implementation="eager", **joint))
        randomise(model, seed)
        with torch.no_grad():
            model.logit_scale.add_(1.0)
        written, mask = texts(text, text["eos_token_id"], seed)
        size = vision["image_size"]
        shown = pixels(2, vision.get("num_channels", 3), size, size, seed)
        inputs = {"input_ids": written, "attention_mask": mask, "pixel_values": shown}
        with torch.no_grad():
            result = model(**inputs, output_hidden_states=True)
        names = ("logits_per_image", "logits_per_text", "text_embeds", "image_embeds")
        outputs = {name: result[name] for name in names}
        outputs.update(traces(result.vision_model_output.hidden_states))
        for name, state in traces(result.text_model_output.hidden_states).items():
            outputs[f"text_{name}"] = state
        write(case, model, inputs, outputs)

    cases = [
        ("clip-text", {**TEXT, **END}),
        ("clip-text-odd", {**TEXT_ODD, **END_ODD}),
        ("clip-text-old-end", {**TEXT, **OLD_END}),
    ]
    for seed, (case, config) in enumerate(cases, 210):
        kind = CLIPTextModelWithProjection
        model = randomise(kind(CLIPTextConfig(**config, attn_implementation="eager")), seed)
        written, mask = texts(config, config["eos_token_id"], seed)
        inputs = {"input_ids": written, "attention_mask": mask}
        with torch.no_grad():
            result = model(**inputs, output_hidden_states=True)
        write(case, model, inputs, outputs_of(result, ["text_embeds", "last_hidden_state"]))

    for seed, (case, config) in enumerate([("clip-vision", VISION), ("clip-vision-odd", VISION_ODD)], 220):
        kind = CLIPVisionModelWithProjection
        model = randomise(kind(CLIPVisionConfig(**config, attn_implementation="eager")), seed)
        size = config["image_size"]
        shown = pixels(2, config.get("num_channels", 3), size, size, seed)
        picture_case(case, model, shown, ["image_embeds", "last_hidden_state"])


def convnext():
    plain = dict(num_stages=4, depths=[1, 2, 1, 1], hidden_sizes=[8, 12, 16, 20], num_labels=4)
    # Stages of equal width, no layer scale, and a picture that does not divide evenly.
    odd = dict(
        num_stages=3, depths=[2, 1, 2], hidden_sizes=[8, 8, 14], patch_size=3, num_channels=1, num_labels=5,
        hidden_act="gelu_new", layer_norm_eps=1e-3, layer_scale_init_value=0.0,
    )  # fmt: skip
    shapes = {"convnext-image-classification": (3, 32, 32), "convnext-image-classification-odd": (1, 22, 31)}
    for seed, ((case, shape), config) in enumerate(zip(shapes.items(), (plain, odd)), 300):
        model = randomise(ConvNextForImageClassification(ConvNextConfig(**config)), seed)
        with torch.no_grad():
            # Values so small that what the normalisation adds to their variance shows.
            for name, tensor in model.named_parameters():
                if "patch_embeddings" in name or "dwconv" in name:
                    tensor.mul_(0.005)
        picture_case(case, model, pixels(2, *shape, seed), ["logits"])


def resnet():
    cases = [
        ("resnet-image-classification", (3, 32, 32), dict(
            embedding_size=8, hidden_sizes=[16, 24, 32], depths=[1, 2, 1], num_labels=4,
        )),
        # The first layer of the first stage needs no projection; its others all do.
        ("resnet-image-classification-basic", (1, 27, 21), dict(
            embedding_size=10, hidden_sizes=[10, 14], depths=[2, 2], layer_type="basic", num_channels=1, num_labels=5,
        )),
        ("resnet-image-classification-odd", (3, 29, 32), dict(
            embedding_size=9, hidden_sizes=[20, 20, 26], depths=[2, 1, 2], downsample_in_first_stage=True,
            downsample_in_bottleneck=True, hidden_act="gelu", num_labels=3,
        )),
    ]  # fmt: skip
    for seed, (case, shape, config) in enumerate(cases, 400):
        model = randomise_normalised(ResNetForImageClassification(ResNetConfig(**config)), seed, shape)
        picture_case(case, model, pixels(2, *shape, seed), ["logits"])


def mobilenet_v2():
    cases = [
        ("mobilenet-v2-image-classification", (3, 24, 32), dict(
            depth_multiplier=0.02, depth_divisible_by=4, min_depth=4, expand_ratio=2.0, num_labels=3,
        )),
        # 64 channels become 5, and these 8, as 4 would be less than nine tenths.
        ("mobilenet-v2-image-classification-torch-padding", (3, 29, 24), dict(
            depth_multiplier=0.08, depth_divisible_by=4, min_depth=4, expand_ratio=1.6, finegrained_output=False,
            tf_padding=False, output_stride=16, num_labels=4,
        )),
        # Channels round to even (32 * 0.078125 is 2.5), and the strides meet odd sizes.
        ("mobilenet-v2-image-classification-odd", (1, 31, 27), dict(
            depth_multiplier=0.078125, depth_divisible_by=1, min_depth=2, expand_ratio=2.5, num_channels=1,
            finegrained_output=False, first_layer_is_expansion=False, output_stride=8, hidden_act="relu",
            layer_norm_eps=1e-2, num_labels=5,
        )),
    ]  # fmt: skip
    # So narrow and deep, most networks make rounding grow a hundredfold; these are drawn such that it stays small.
    for seed, (case, shape, config) in zip((530, 506, 531), cases):
        model = randomise_normalised(MobileNetV2ForImageClassification(MobileNetV2Config(**config)), seed, shape, 2.5)
        shown = pixels(2, *shape, seed)
        print(f"{case}: {alive(model, shown)}")
        picture_case(case, model, shown, ["logits"])


class Own:
    """Saves a module of torchvision, with a config of ours."""

    def __init__(self, module, config):
        self.module, self.config = module, config

    def save_pretrained(self, folder, safe_serialization):
        assert safe_serialization
        weights = {name: value.contiguous() for name, value in self.module.state_dict().items()}
        save_file(weights, folder / "model.safetensors")
        (folder / "config.json").write_text(json.dumps(self.config, indent=2) + "\n")


def torchvision_mobilenet_v2():
    cases = [
        ("mobilenet-v2-torchvision", dict(num_labels=3, width_mult=0.02, image_size=16)),
        ("mobilenet-v2-torchvision-odd", dict(num_labels=2, width_mult=0.04, image_size=21)),
    ]
    # Drawn such that rounding stays small, as above.
    for seed, (case, config) in zip((628, 612), cases):
        module = torchvision.models.mobilenet_v2(num_classes=config["num_labels"], width_mult=config["width_mult"])
        shape = (3, config["image_size"], config["image_size"])
        randomise_normalised(module, seed, shape, 2.5)
        shown = pixels(2, *shape, seed)
        print(f"{case}: {alive(module, shown)}")
        states = []
        for layer in module.features:
            layer.register_forward_hook(lambda _, __, value: states.append(value.clone()))
        with torch.no_grad():
            logits = module(shown)
        own = Own(module, {"model_type": "torchvision_mobilenet_v2", **config})
        write(case, own, {"pixel_values": shown}, {"logits": logits, **traces(states)})


if __name__ == "__main__":
    vit()
    clip()
    convnext()
    resnet()
    mobilenet_v2()
    torchvision_mobilenet_v2()
