import AWSVocabulary
import AccountHome
import Cryptography
import FoundationEssentials

/// How imported material is wrapped on its way.
enum WrappingAlgorithm: String, Sendable, CaseIterable {
    case rsaOAEPSHA1 = "RSAES_OAEP_SHA_1"
    case rsaOAEPSHA256 = "RSAES_OAEP_SHA_256"
    case rsaAESKeyWrapSHA1 = "RSA_AES_KEY_WRAP_SHA_1"
    case rsaAESKeyWrapSHA256 = "RSA_AES_KEY_WRAP_SHA_256"

    /// Recovers the material.
    ///
    /// - Throws: `.invalidCiphertext` for whatever was not wrapped for this key with this algorithm.
    func unwrap(_ wrapped: [UInt8], with pair: PrivateKey) throws(KeyManagementError) -> SecretBytes {
        do throws(CryptographyError) {
            switch self {
            case .rsaOAEPSHA1: return try pair.decrypt(wrapped, oaep: .sha1)
            case .rsaOAEPSHA256: return try pair.decrypt(wrapped, oaep: .sha256)
            case .rsaAESKeyWrapSHA1: return try RSAAESKeyWrap.unwrap(wrapped, with: pair, oaep: .sha1)
            case .rsaAESKeyWrapSHA256: return try RSAAESKeyWrap.unwrap(wrapped, with: pair, oaep: .sha256)
            }
        } catch .decryptionFailed, .authenticationFailed {
            throw .invalidCiphertext
        } catch {
            throw KeyManagementError(error)
        }
    }

    private var code: UInt8 {
        switch self {
        case .rsaOAEPSHA1: 1
        case .rsaOAEPSHA256: 2
        case .rsaAESKeyWrapSHA1: 3
        case .rsaAESKeyWrapSHA256: 4
        }
    }

    fileprivate static func of(code: UInt8) -> WrappingAlgorithm? { allCases.first { $0.code == code } }

    fileprivate static func code(of algorithm: WrappingAlgorithm) -> UInt8 { algorithm.code }
}

/// What `GetParametersForImport` hands out beside the public key, and `ImportKeyMaterial` takes back.
///
/// It carries the private half of the wrapping key, sealed under the home's root key, so that nothing needs
/// to be remembered: `0x01`, the wrapping algorithm (1 byte), the end of validity in seconds since 1970 (8
/// bytes, big-endian), and the sealed PKCS #8. Algorithm, validity and the KMS key are part of the seal's
/// name.
struct ImportToken {
    static let validityInSeconds = 86_400.0
    private static let version: UInt8 = 1
    private static let headerByteCount = 10

    let algorithm: WrappingAlgorithm
    let pair: PrivateKey

    /// A token for one key.
    static func make(
        for key: KeyReference, _ pair: PrivateKey, _ algorithm: WrappingAlgorithm, validTo: Date,
        rootKey: RootKey
    ) throws(KeyManagementError) -> [UInt8] {
        let seconds = Int64(validTo.timeIntervalSince1970)
        let header =
            [version, WrappingAlgorithm.code(of: algorithm)]
            + withUnsafeBytes(of: seconds.bigEndian) { Array($0) }
        let secret = try translating { () throws(CryptographyError) in try pair.pkcs8() }
        do throws(HomeError) {
            return header + (try rootKey.seal(secret, as: sealName(key, header)))
        } catch {
            throw KeyManagementError(error)
        }
    }

    /// Reads a token.
    ///
    /// - Throws: `.invalidImportToken` when it is not one for this key, `.expiredImportToken`.
    init(
        _ bytes: [UInt8], for key: KeyReference, at now: Date, rootKey: RootKey
    ) throws(KeyManagementError) {
        let foreign = KeyManagementError.invalidImportToken("The import token is not valid for \(key.arn).")
        guard bytes.count > Self.headerByteCount, bytes[0] == Self.version,
            let algorithm = WrappingAlgorithm.of(code: bytes[1])
        else { throw foreign }
        let header = Array(bytes[..<Self.headerByteCount])
        let seconds = header[2...].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        self.algorithm = algorithm
        do throws(HomeError) {
            let secret = try rootKey.open(
                Array(bytes[Self.headerByteCount...]), as: Self.sealName(key, header))
            pair = try PrivateKey(storedPKCS8: secret)
        } catch {
            if case .corrupted = error { throw foreign }
            throw KeyManagementError(error)
        }
        guard now.timeIntervalSince1970 < Double(seconds) else {
            throw .expiredImportToken("The import token has expired.")
        }
    }

    private static func sealName(_ key: KeyReference, _ header: [UInt8]) -> [String] {
        ["kms-import-token", key.arn.text, Hex.encode(header)]
    }
}

extension PrivateKey {
    fileprivate init(storedPKCS8 secret: borrowing SecretBytes) throws(HomeError) {
        do throws(CryptographyError) {
            try self.init(pkcs8: secret)
        } catch {
            throw .cryptography(error)
        }
    }
}
