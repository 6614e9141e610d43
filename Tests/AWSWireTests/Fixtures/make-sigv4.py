#!/usr/bin/env python3
"""Writes sigv4.json: requests signed by botocore at a frozen time.

The requests of the first group are those of AWS's published Signature Version 4 test suite; the second group is
what the services of this project see: KMS, SES and S3 calls, and presigned URLs. `published` holds signatures as
the test suite prints them, so that botocore is checked as well.

Usage: make-sigv4.py > sigv4.json
"""
import datetime
import json

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NOW = datetime.datetime(2015, 8, 30, 12, 36, 0)
botocore.auth.get_current_datetime = lambda *a, **k: NOW

KEY = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
HOST = "example.amazonaws.com"

PUBLISHED = {
    "get-vanilla": "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    "post-vanilla": "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    "get-vanilla-query-order-key-case": "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    "get-unreserved": "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
    "get-utf8": "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
    "get-space": "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
    "get-header-value-trim": "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    "post-x-www-form-urlencoded": "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
}

UNRESERVED = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

# name, method, path, query, headers, body, service, token, presign seconds
CASES = [
    ("get-vanilla", "GET", "/", "", {}, "", "service", None, None),
    ("get-vanilla-empty-query-key", "GET", "/", "Param1=value1", {}, "", "service", None, None),
    ("get-vanilla-query", "GET", "/", "", {}, "", "service", None, None),
    ("get-vanilla-query-order-key-case", "GET", "/", "Param2=value2&Param1=value1", {}, "", "service", None, None),
    ("get-vanilla-query-order-value", "GET", "/", "Param1=value2&Param1=value1", {}, "", "service", None, None),
    ("get-vanilla-query-unreserved", "GET", "/", f"{UNRESERVED}={UNRESERVED}", {}, "", "service", None, None),
    ("get-vanilla-utf8-query", "GET", "/", "%E1%88%B4=bar", {}, "", "service", None, None),
    ("get-unreserved", "GET", "/" + UNRESERVED, "", {}, "", "service", None, None),
    ("get-utf8", "GET", "/\u1234", "", {}, "", "service", None, None),
    ("get-space", "GET", "/example space/", "", {}, "", "service", None, None),
    ("get-slash", "GET", "//", "", {}, "", "service", None, None),
    ("get-slashes", "GET", "//example//", "", {}, "", "service", None, None),
    ("get-slash-dot-slash", "GET", "/./", "", {}, "", "service", None, None),
    ("get-slash-pointless-dot", "GET", "/./example", "", {}, "", "service", None, None),
    ("get-relative", "GET", "/example/..", "", {}, "", "service", None, None),
    ("get-relative-relative", "GET", "/example1/example2/../..", "", {}, "", "service", None, None),
    ("get-encoded-path", "GET", "/a%20b/c%2Fd", "", {}, "", "service", None, None),
    ("get-header-value-trim", "GET", "/", "", {"My-Header1": " value1", "My-Header2": ' "a   b   c"'}, "",
     "service", None, None),
    ("post-vanilla", "POST", "/", "", {}, "", "service", None, None),
    ("post-vanilla-query", "POST", "/", "Param1=value1", {}, "", "service", None, None),
    ("post-header-key-case", "POST", "/", "", {"My-HEADER1": "VALUE1"}, "", "service", None, None),
    ("post-x-www-form-urlencoded", "POST", "/", "", {"Content-Type": "application/x-www-form-urlencoded"},
     "Param1=value1", "service", None, None),
    ("post-sts-token", "POST", "/", "", {}, "", "service", "AQoDYXdzEPT//////////wEXAMPLEtc764=", None),
    ("kms-decrypt", "POST", "/", "",
     {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.Decrypt"},
     '{"CiphertextBlob":"AQID"}', "kms", None, None),
    ("kms-service-caller", "POST", "/", "",
     {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.GenerateDataKey",
      "x-amz-source-account": "111122223333", "x-amz-source-arn": "arn:aws:ses:us-east-1:111122223333:r/x"},
     '{"KeyId":"alias/aws/ses","KeySpec":"AES_256"}', "kms", "token==", None),
    ("ses-query", "POST", "/", "", {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
     "Action=ListReceiptRuleSets&Version=2010-12-01", "ses", None, None),
    ("s3-put", "PUT", "/mailbox/a%20b/c%2Bd.eml", "", {"x-amz-meta-x-amz-key-v2": "AQID"}, "sealed", "s3", None,
     None),
    ("s3-dots", "GET", "/mailbox/a//../b.", "", {}, "", "s3", None, None),
    ("s3-list", "GET", "/mailbox", "list-type=2&prefix=in%2Fcoming&delimiter=%2F&max-keys=10", {}, "", "s3", None,
     None),
    ("s3-subresource", "GET", "/mailbox", "location", {}, "", "s3", None, None),
    ("s3-presigned-get", "GET", "/mailbox/a%20b.eml", "", {}, "", "s3", None, 3600),
    ("s3-presigned-token", "PUT", "/mailbox/x", "partNumber=1", {}, "", "s3", "tok/en+1=", 604800),
    ("kms-presigned", "POST", "/", "", {"X-Amz-Target": "TrentService.ListKeys"}, "", "kms", None, 60),
]


def sign(case):
    name, method, path, query, headers, body, service, token, presign = case
    credentials = Credentials(KEY, SECRET, token)
    url = f"https://{HOST}{path}" + (f"?{query}" if query else "")
    request = AWSRequest(method=method, url=url, headers=headers, data=body.encode())
    region = "us-east-1"
    if presign is None:
        kind = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
        signer = kind(credentials, service, region)
    else:
        kind = botocore.auth.S3SigV4QueryAuth if service == "s3" else botocore.auth.SigV4QueryAuth
        signer = kind(credentials, region_name=region, service_name=service, expires=presign)
    # Without TLS or a checksum botocore signs the body of S3 calls; ask for it.
    request.context["payload_signing_enabled"] = True
    request.context["client_config"] = type("Config", (), {"s3": {"payload_signing_enabled": True}})()
    signer.add_auth(request)
    result = {
        "name": name, "service": service, "method": method, "path": path, "query": query,
        "headers": [[k, v] for k, v in headers.items()], "body": body,
    }
    if token:
        result["token"] = token
    if presign is None:
        result["authorization"] = request.headers["Authorization"]
    else:
        result["presign"] = presign
        result["signedQuery"] = request.url.split("?", 1)[1]
    published = PUBLISHED.get(name)
    if published:
        assert result["authorization"].endswith(published), name
        result["published"] = published
    return result


print(json.dumps([sign(case) for case in CASES], indent=1, ensure_ascii=True))
