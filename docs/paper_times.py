"""Times of the paper's models on this machine, with random weights of their sizes.

    OMP_NUM_THREADS=2 python docs/paper_times.py

Times depend on the sizes of networks, not on what is in them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from PIL import Image
from transformers import CLIPConfig, CLIPModel, SiglipConfig, SiglipModel
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from stylemamba import StyleMambaPipeline
from stylemamba.autoencoders.pretrained import DiffusersAutoencoder
from stylemamba.encoders.siglip import SiglipStyleEncoder
from stylemamba.evaluation.judges import ClipEncoder
from stylemamba.evaluation.metrics.lpips import LPIPS, VGG16, PlainFeatures
from stylemamba.fusion import StyleFusion, StyleFusionConfig

TEXT = {"hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 1}
TEXT |= {"num_attention_heads": 1, "vocab_size": 64}  # prompts are read once: not timed
SIZE = (512, 384)


def timed(name: str, call: Callable[[], object], times: int = 3) -> None:
    call()
    began = time.perf_counter()
    for _ in range(times):
        call()
    print(f"{name}: {(time.perf_counter() - began) / times:.1f} s", flush=True)


@torch.no_grad()
def main() -> None:
    torch.manual_seed(0)
    width, height = SIZE
    images = torch.rand(1, 3, height, width)
    processor = SimpleNamespace(resample=2, image_mean=[0.5] * 3, image_std=[0.5] * 3)
    siglip = SiglipStyleEncoder(SiglipModel(SiglipConfig(text_config=TEXT)), None, processor)
    siglip.encode_text = lambda prompts: torch.randn(len(prompts), 768)
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(128, 256, 512, 512),
        layers_per_block=2,
    )
    fusion = StyleFusion(StyleFusionConfig(4, 768))
    pipe = StyleMambaPipeline(siglip, DiffusersAutoencoder(vae), fusion)
    photo = Image.effect_noise(SIZE, 80).convert("RGB")
    timed("one pass, SigLIP base and Stable Diffusion's VAE", lambda: pipe(photo, "a"))
    timed("SigLIP base, 224 px", lambda: siglip.encode_image(images))
    vision = {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 24}
    vision |= {"num_attention_heads": 16, "patch_size": 14, "image_size": 224}
    sizes = CLIPConfig(vision_config=vision, text_config=TEXT, projection_dim=768)
    side = {"height": 224, "width": 224}
    prepare = CLIPImageProcessorPil(size={"shortest_edge": 224}, crop_size=side)
    clip = ClipEncoder(CLIPModel(sizes), None, prepare)
    timed("CLIP ViT-L/14", lambda: clip.encode_image(images))
    features = PlainFeatures("VGG16", VGG16, 16)
    backbone = {f"features.{name}": value for name, value in features.state_dict().items()}
    widths = [layer.channels[1] for layer in VGG16 if layer.compared]
    channels = {f"lin{n}.model.1.weight": torch.rand(1, w, 1, 1) for n, w in enumerate(widths)}
    lpips = LPIPS(backbone, channels, features)
    timed("LPIPS, VGG16", lambda: lpips.extract(images))


if __name__ == "__main__":
    main()
