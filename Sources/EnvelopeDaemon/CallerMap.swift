import AWSVocabulary
import MailboxFS

/// In whose name KMS is asked when a Unix user opens mail.
struct CallerMap: Sendable {
    private let principal: Caller

    /// - Parameter arn: The principal every user of the mount acts as; the account root where it is `nil`.
    init(_ arn: String?, account: AccountID) throws(DaemonError) {
        guard let arn else {
            principal = .root(of: account)
            return
        }
        do throws(VocabularyError) {
            principal = try Caller(principal: try ARN(arn))
        } catch {
            throw .option(
                name: "principal", value: arn,
                expected: "the ARN of a root, a user or an assumed-role session")
        }
    }

    /// The caller that stands for a Unix user; the kernel lets nobody else in unless the mount allows others.
    var caller: @Sendable (Requester) -> Caller? {
        { [principal] _ in principal }
    }
}
