#!/usr/bin/env python3
"""Makes asymmetric.json: keys, signatures and ciphertexts that did not come from OpenSSL.

PyCryptodome makes the RSA and NIST curve parts, python-ecdsa secp256k1, and AES key wrap with padding
(RFC 5649) is written out below over PyCryptodome's AES. Run again only to add cases: every run makes new keys.

    pip install pycryptodome ecdsa && python3 make_asymmetric.py > asymmetric.json
"""
import base64, hashlib, json, os, struct

import ecdsa
from Crypto.Cipher import AES, PKCS1_OAEP
from Crypto.Hash import SHA1, SHA256, SHA384, SHA512
from Crypto.Protocol.DH import key_agreement
from Crypto.PublicKey import ECC, RSA
from Crypto.Signature import DSS, pkcs1_15, pss

MESSAGE = b"The quick brown fox jumps over the lazy dog"
SECRET = bytes(range(32))
HASHES = {"SHA_1": SHA1, "SHA_256": SHA256, "SHA_384": SHA384, "SHA_512": SHA512}


def text(data):
    return base64.b64encode(data).decode()


def wrap_with_padding(key, secret):
    """RFC 5649 section 4.1."""
    aes = AES.new(key, AES.MODE_ECB)
    head = bytes.fromhex("a65959a6") + struct.pack(">I", len(secret))
    padded = secret + bytes(-len(secret) % 8)
    if len(padded) == 8:
        return aes.encrypt(head + padded)
    blocks = [padded[i:i + 8] for i in range(0, len(padded), 8)]
    for j in range(6):
        for i in range(len(blocks)):
            out = aes.encrypt(head + blocks[i])
            count = len(blocks) * j + i + 1
            head = bytes(a ^ b for a, b in zip(out[:8], struct.pack(">Q", count)))
            blocks[i] = out[8:]
    return head + b"".join(blocks)


def rsa(bits):
    key = RSA.generate(bits)
    case = {
        "kind": f"RSA_{bits}",
        "pkcs8": text(key.export_key("DER", pkcs=8)),
        "spki": text(key.public_key().export_key("DER")),
        "signatures": {}, "ciphertexts": {}, "wrapped": {},
    }
    for name in ("SHA_256", "SHA_384", "SHA_512"):
        digest = HASHES[name].new(MESSAGE)
        case["signatures"][f"RSASSA_PSS_{name}"] = text(pss.new(key).sign(digest))
        case["signatures"][f"RSASSA_PKCS1_V1_5_{name}"] = text(pkcs1_15.new(key).sign(digest))
    for name in ("SHA_1", "SHA_256"):
        oaep = PKCS1_OAEP.new(key.public_key(), hashAlgo=HASHES[name])
        case["ciphertexts"][f"RSAES_OAEP_{name}"] = text(oaep.encrypt(SECRET))
        aes = os.urandom(32)
        case["wrapped"][f"RSA_AES_KEY_WRAP_{name}"] = text(oaep.encrypt(aes) + wrap_with_padding(aes, SECRET + b"odd"))
    return case


def nist(curve, kms_name, hash_name):
    key, peer = ECC.generate(curve=curve), ECC.generate(curve=curve)
    signature = DSS.new(key, "fips-186-3", encoding="der").sign(HASHES[hash_name].new(MESSAGE))
    return {
        "kind": kms_name,
        "pkcs8": text(key.export_key(format="DER", use_pkcs8=True)),
        "spki": text(key.public_key().export_key(format="DER")),
        "signatures": {f"ECDSA_{hash_name}": text(signature)},
        "peer_spki": text(peer.public_key().export_key(format="DER")),
        "shared_secret": text(key_agreement(static_priv=key, static_pub=peer.public_key(), kdf=lambda z: z)),
    }


def koblitz():
    key = ecdsa.SigningKey.generate(ecdsa.SECP256k1)
    signature = key.sign(MESSAGE, hashfunc=hashlib.sha256, sigencode=ecdsa.util.sigencode_der)
    peer = ecdsa.SigningKey.generate(ecdsa.SECP256k1)
    secret = ecdsa.ECDH(ecdsa.SECP256k1, key, peer.verifying_key).generate_sharedsecret_bytes()
    return {
        "kind": "ECC_SECG_P256K1",
        "pkcs8": text(key.to_der(format="pkcs8")),
        "spki": text(key.verifying_key.to_der()),
        "signatures": {"ECDSA_SHA_256": text(signature)},
        "peer_spki": text(peer.verifying_key.to_der()),
        "shared_secret": text(secret),
    }


print(json.dumps({
    "note": __doc__,
    "message": text(MESSAGE), "secret": text(SECRET), "wrapped_secret": text(SECRET + b"odd"),
    "keys": [rsa(2048), rsa(3072), rsa(4096),
             nist("P-256", "ECC_NIST_P256", "SHA_256"), nist("P-384", "ECC_NIST_P384", "SHA_384"),
             nist("P-521", "ECC_NIST_P521", "SHA_512"), koblitz()],
}, indent=1))
