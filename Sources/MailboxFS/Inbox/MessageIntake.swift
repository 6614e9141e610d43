public import MailReceiving

/// What the inbox needs of the receiving line; `Receiver` is it, a test may be it.
public protocol MessageIntake: Sendable {
    /// Tells whether a message would be accepted, and stores nothing.
    func check(_ bytes: UnsafeRawBufferPointer, hints: EnvelopeHints) throws(ReceivingError)
    /// Takes a message through the rules into the buckets; durable when it returns.
    ///
    /// - Parameter messageID: The id of the message it replaces, or nil for a new one.
    func receive(
        _ bytes: UnsafeRawBufferPointer, hints: EnvelopeHints, messageID: SESMessageID?
    ) throws(ReceivingError) -> Receipt
    /// Removes what `receive` stored, except what belongs to `replacement`.
    func withdraw(_ receipt: Receipt, keeping replacement: Receipt?) throws(ReceivingError)
}

extension Receiver: MessageIntake {}
