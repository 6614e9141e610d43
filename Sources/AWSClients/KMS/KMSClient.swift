public import AWSVocabulary
internal import AWSWire
public import Cryptography
public import EnvelopeCrypto
internal import StrictJSON

/// Data keys from a KMS behind HTTP: AWS's own, our server, or another emulator.
///
/// It makes the two calls the object format needs, `GenerateDataKey` and `Decrypt`, and repeats them where that
/// may help. Who the caller is, the service knows from the access key; the `Caller` of a call matters only when
/// it is a service: then its source account and source ARN travel as signed headers, which our server
/// understands and AWS ignores.
///
/// Source: KMS API reference, `GenerateDataKey`, `Decrypt`, "Common errors".
public final class KMSClient: DataKeyProvider {
    /// Where the service listens.
    public let endpoint: Endpoint
    /// The Region in the signature's scope.
    public let region: Region
    private let credentials: any CredentialSource
    private let transport: any HTTPTransport
    private let surroundings: Surroundings
    private let retries: RetryPolicy

    /// Makes a client; nothing is sent yet.
    ///
    /// - Parameter allowsPlainTransport: Whether data keys may cross a network without TLS.
    /// - Throws: `.plainTransport` when they would have to, and may not.
    public init(
        endpoint: Endpoint, region: Region, credentials: any CredentialSource, transport: any HTTPTransport,
        surroundings: Surroundings, retries: RetryPolicy = RetryPolicy(), allowsPlainTransport: Bool = false
    ) throws(ClientError) {
        guard endpoint.isConfidential || allowsPlainTransport else {
            throw .plainTransport(host: endpoint.hostHeader)
        }
        self.endpoint = endpoint
        self.region = region
        self.credentials = credentials
        self.transport = transport
        self.surroundings = surroundings
        self.retries = retries
    }

    /// Asks for a 256-bit data key; see ``DataKeyProvider``.
    public func generateDataKey(
        keyID: String, context: EncryptionContext, for caller: Caller
    ) throws(DataKeyError) -> DataKey {
        var members: JSONObject = ["KeyId": .string(keyID), "KeySpec": "AES_256"]
        if !context.isEmpty { members["EncryptionContext"] = context.jsonValue }
        let answer = try call("GenerateDataKey", members, for: caller)
        guard answer.secret.count == 32 else { throw .internalFailure("the data key is not 32 bytes long") }
        guard let text = answer.members["CiphertextBlob"]?.string, let blob = Base64.decode(strict: text),
            (1...6144).contains(blob.count)
        else { throw .internalFailure("the answer holds no usable CiphertextBlob") }
        return answer.dataKey(sealedAs: blob)
    }

    /// Asks for the data key that a blob seals; see ``DataKeyProvider``.
    public func decrypt(
        _ ciphertextBlob: [UInt8], keyID: String?, context: EncryptionContext, for caller: Caller
    ) throws(DataKeyError) -> SecretBytes {
        var members: JSONObject = ["CiphertextBlob": .string(Base64.encode(ciphertextBlob))]
        if let keyID { members["KeyId"] = .string(keyID) }
        if !context.isEmpty { members["EncryptionContext"] = context.jsonValue }
        return try call("Decrypt", members, for: caller).plaintext()
    }

    // MARK: - Exchange

    private struct Answer: ~Copyable {
        let secret: SecretBytes
        let members: JSONObject

        consuming func dataKey(sealedAs blob: [UInt8]) -> DataKey {
            DataKey(plaintext: secret, ciphertextBlob: blob)
        }

        consuming func plaintext() -> SecretBytes { secret }
    }

    private func call(
        _ operation: String, _ members: JSONObject, for caller: Caller
    ) throws(DataKeyError) -> Answer {
        var attempt = 1
        var hasRenewed = false
        while true {
            let failure: KMSFailure
            do throws(KMSFailure) {
                return try exchange(operation, members, for: caller)
            } catch {
                failure = error
            }
            if failure.isAboutCredentials, !hasRenewed {
                // Temporary credentials end; the source may have newer ones by now.
                hasRenewed = true
                credentials.forget()
                continue
            }
            guard failure.isTransient, attempt < retries.attemptLimit else {
                throw failure.dataKeyError(endpoint: endpoint)
            }
            let chance = Double(surroundings.randomBytes(1).first ?? 255) / 255
            retries.pause(retries.pauseSeconds(after: attempt, chance: chance))
            attempt += 1
        }
    }

    private func exchange(
        _ operation: String, _ members: JSONObject, for caller: Caller
    ) throws(KMSFailure) -> Answer {
        var request = JSON11.request(
            service: "TrentService", operation: operation, members: members, host: endpoint.hostHeader)
        if caller.isService {
            request.headers["x-amz-source-account"] = caller.sourceAccount?.text
            request.headers["x-amz-source-arn"] = caller.sourceARN?.text
        }
        var response: WireResponse
        do throws(ClientError) {
            let signer = Signer(credentials: try credentials.credentials(), region: region, service: "kms")
            signer.sign(&request, at: surroundings.now())
            response = try transport.send(request, to: endpoint)
        } catch {
            throw .client(error)
        }
        guard response.status == 200 else { throw .service(JSON11.error(in: response)) }
        return try Self.read(&response.body)
    }

    private static func read(_ body: inout [UInt8]) throws(KMSFailure) -> Answer {
        let secret: SecretBytes
        do throws(SecretMember.Failure) {
            secret = try SecretMember.take("Plaintext", from: &body)
        } catch {
            switch error {
            case .absent: throw .malformedAnswer("it has no Plaintext")
            case .notBase64: throw .malformedAnswer("its Plaintext is not base64")
            }
        }
        guard let object = (try? JSONValue(parsing: body))?.object else {
            throw .malformedAnswer("it is not JSON")
        }
        return Answer(secret: secret, members: object)
    }
}
