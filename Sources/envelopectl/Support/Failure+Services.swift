import AccountHome
import EnvelopeDaemon
import KeyManagement
import ReceiptRules
import Trail

extension Failure {
    init(_ error: DaemonError) {
        self.init(sentence: "\(error)", hint: error.hint, status: .unavailable)
    }

    /// Says what KMS refused, and to do what.
    init(_ action: String, _ error: KeyManagementError) {
        self.init(sentence: "cannot \(action): \(error.message ?? error.code)")
        switch error {
        case .accessDenied, .notAuthorized: status = .accessDenied
        case .notFound: status = .notFound
        case .alreadyExists: status = .alreadyExists
        case .malformedPolicyDocument, .validation, .tag, .invalidARN, .invalidAliasName: status = .data
        case .disabled, .invalidState, .invalidKeyUsage, .unsupportedOperation, .conflict:
            status = .wrongState
        case .keyUnavailable, .internalFailure, .trail: status = .internalFailure
        case .dryRun, .expiredImportToken, .incorrectKeyMaterial, .incorrectKey, .invalidCiphertext,
            .invalidGrantID, .invalidGrantToken, .invalidImportToken, .invalidMarker, .invalidMAC,
            .invalidSignature, .limitExceeded:
            status = .failure
        }
    }

    /// Says what the receipt rules refused, and to do what.
    init(_ action: String, _ error: ReceiptRulesError) {
        self.init(sentence: "cannot \(action): \(error.message)")
        switch error {
        case .ruleSetDoesNotExist, .ruleDoesNotExist: status = .notFound
        case .alreadyExists: status = .alreadyExists
        case .validation, .invalidParameterValue: status = .data
        case .invalidS3Configuration, .invalidSNSTopic, .invalidLambdaFunction, .cannotDelete:
            status = .wrongState
        case .limitExceeded: status = .failure
        case .home, .corrupted: status = .internalFailure
        }
    }

    /// Says what was refused of a change to principals.
    init(_ action: String, _ error: PrincipalService.Failure) {
        switch error {
        case .notAUserOrRole(let text):
            self.init(
                sentence: "cannot \(action): \(text) names no IAM user or role",
                hint: "arn:aws:iam::111122223333:user/NAME or …:role/NAME", status: .data)
        case .alreadyExists(let text):
            self.init(sentence: "cannot \(action): \(text) exists already", status: .alreadyExists)
        case .notFound(let text):
            self.init(sentence: "cannot \(action): there is no \(text)", status: .notFound)
        case .policy(let name, let reason):
            self.init(sentence: "cannot \(action): policy \(name): \(reason)", status: .data)
        case .invalidName(let text):
            self.init(sentence: "cannot \(action): '\(text)' is no name", status: .data)
        case .home(let reason): self.init(sentence: "cannot \(action): \(reason)", status: .internalFailure)
        }
    }

    init(_ action: String, _ error: TrailError) {
        self.init(sentence: "cannot \(action): \(error)", status: .internalFailure)
    }
}

/// Runs a KMS call and says, when it is refused, what was not to be.
func attempt<Value: ~Copyable>(
    _ action: String, _ body: () throws(KeyManagementError) -> Value
) throws -> Value {
    do throws(KeyManagementError) {
        return try body()
    } catch {
        throw Failure(action, error)
    }
}

/// Runs an operation on the receipt rules and says, when it is refused, what was not to be.
func attempt<Value>(
    _ action: String, _ body: () throws(ReceiptRulesError) -> Value
) throws -> Value {
    do throws(ReceiptRulesError) {
        return try body()
    } catch {
        throw Failure(action, error)
    }
}

/// Runs a change to principals and says, when it is refused, what was not to be.
func attempt<Value>(
    _ action: String, _ body: () throws(PrincipalService.Failure) -> Value
) throws -> Value {
    do throws(PrincipalService.Failure) {
        return try body()
    } catch {
        throw Failure(action, error)
    }
}
