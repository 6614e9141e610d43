import Mail
import MailReceiving
import MailboxFS
import Synchronization

/// A receiving line in memory: takes what begins like mail, unless the test refuses it.
final class FakeIntake: MessageIntake {
    struct Stored: Equatable {
        var bytes: [UInt8]
        var recipients: [String]
        /// How often this message id was stored.
        var count: Int
    }

    private struct State {
        var stored: [String: Stored] = [:]
        var receiveCalls = 0
        var checkCalls = 0
        var withdrawCalls = 0
        var refusal: ReceivingError?
        var nextID: UInt8 = 0
    }

    private let state = Mutex(State())
    /// Runs in the middle of every `receive`, with no lock of the mailbox held.
    private let during = Mutex<(@Sendable () -> Void)?>(nil)

    var stored: [String: Stored] { state.withLock { $0.stored } }
    var messages: [[UInt8]] { stored.values.map(\.bytes) }
    var receiveCalls: Int { state.withLock { $0.receiveCalls } }
    var checkCalls: Int { state.withLock { $0.checkCalls } }
    var withdrawCalls: Int { state.withLock { $0.withdrawCalls } }

    /// Refuses everything from now on, or nothing any more.
    func refuse(with error: ReceivingError?) { state.withLock { $0.refusal = error } }

    func duringReceive(_ body: (@Sendable () -> Void)?) { during.withLock { $0 = body } }

    func check(_ bytes: UnsafeRawBufferPointer, hints: EnvelopeHints) throws(ReceivingError) {
        let refusal = state.withLock { state in
            state.checkCalls += 1
            return state.refusal
        }
        try Self.judge(bytes, refusal)
    }

    func receive(
        _ bytes: UnsafeRawBufferPointer, hints: EnvelopeHints, messageID: SESMessageID?
    ) throws(ReceivingError) -> Receipt {
        let refusal = state.withLock { state in
            state.receiveCalls += 1
            return state.refusal
        }
        during.withLock { $0 }?()
        try Self.judge(bytes, refusal)
        let copy = Array(bytes)
        let id = state.withLock { state in
            state.nextID &+= 1
            let number = state.nextID
            let id = messageID ?? SESMessageID { [UInt8](repeating: number, count: $0) }
            let count = state.stored[id.text]?.count ?? 0
            state.stored[id.text] = Stored(bytes: copy, recipients: hints.recipients, count: count + 1)
            return id
        }
        return Receipt(
            messageID: id, envelope: MailEnvelope(sender: nil, recipients: [], decidedBy: .stated),
            ruleSetName: "default-rule-set", outcomes: [], deliveries: [])
    }

    func withdraw(_ receipt: Receipt, keeping replacement: Receipt?) throws(ReceivingError) {
        state.withLock { state in
            state.withdrawCalls += 1
            if replacement?.messageID != receipt.messageID { state.stored[receipt.messageID.text] = nil }
        }
    }

    private static func judge(
        _ bytes: UnsafeRawBufferPointer, _ refusal: ReceivingError?
    ) throws(ReceivingError) {
        if let refusal { throw refusal }
        if bytes.isEmpty { throw .notAMessage(.empty) }
        guard bytes.starts(with: "From: ".utf8) else { throw .notAMessage(.noHeaderField) }
    }
}
