public import Cryptography
import StrictJSON

/// What `GenerateRandom` is asked.
public struct GenerateRandomRequest: Sendable, Equatable {
    /// 1 to 1,024.
    public var numberOfBytes: Int?
    /// A custom key store; there are none.
    public var customKeyStoreID: String?

    /// Makes a request.
    public init(numberOfBytes: Int?, customKeyStoreID: String? = nil) {
        self.numberOfBytes = numberOfBytes
        self.customKeyStoreID = customKeyStoreID
    }

    var parameters: JSONObject {
        var members = JSONObject()
        members.put("numberOfBytes", numberOfBytes)
        members.put("customKeyStoreId", customKeyStoreID)
        return members
    }
}

extension KeyService {
    /// Random bytes from the generator that makes keys.
    ///
    /// Source: KMS API, `GenerateRandom`.
    public func generateRandom(
        _ request: GenerateRandomRequest, by call: Call
    ) throws(KeyManagementError) -> SecretBytes {
        try answer(.generateRandom, by: call, request.parameters) {
            (invocation) throws(KeyManagementError) -> SecretBytes in
            guard let count = request.numberOfBytes else { throw .validation("NumberOfBytes is required.") }
            var shape = Shape()
            shape.number(count, "numberOfBytes", 1...1024)
            try shape.check()
            if request.customKeyStoreID != nil {
                throw .unsupportedOperation("Custom key stores are not supported.")
            }
            try invocation.authorize()
            return try translating { () throws(CryptographyError) in try SecretBytes.random(count: count) }
        }
    }
}
