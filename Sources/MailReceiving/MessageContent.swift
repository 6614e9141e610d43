import Cryptography
import Mail

/// The bytes that S3 actions store: the message as it came, and what rules put on top of it.
///
/// As long as nothing was added and SES's form is not asked for, these are the caller's bytes themselves:
/// what goes in comes out.
struct MessageContent {
    /// How the message is written.
    enum Form {
        /// Byte for byte.
        case verbatim
        /// Under SES's header block, and with each line ended by CRLF.
        case ses(block: String)
    }

    let message: Message
    let bytes: UnsafeRawBufferPointer
    let form: Form
    private var addedFields: [AddedField] = []

    private struct AddedField {
        let name: String
        let body: String
    }

    init(message: Message, bytes: UnsafeRawBufferPointer, form: Form) {
        self.message = message
        self.bytes = bytes
        self.form = form
    }

    /// Adds a field above the message's own, below those added before.
    mutating func addField(name: String, body: String) {
        addedFields.append(AddedField(name: name, body: body))
    }

    /// Lends the content to `use`.
    func withBytes<Result, Failure: Error>(
        failing wrap: (CryptographyError) -> Failure,
        _ use: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        if case .verbatim = form, addedFields.isEmpty { return try use(bytes) }
        var buffer = SecretBuffer()
        do throws(CryptographyError) {
            try write(to: &buffer)
        } catch {
            throw wrap(error)
        }
        return try buffer.withUnsafeBytes(use)
    }

    private func write(to buffer: inout SecretBuffer) throws(CryptographyError) {
        switch form {
        case .verbatim:
            // What stands above the first field (byte order mark, mbox line) must stay on top.
            try buffer.append(UnsafeRawBufferPointer(rebasing: bytes[..<message.headerStart]))
            try buffer.append(fieldText(lineEnd: message.usesCRLF ? "\r\n" : "\n"))
            try buffer.append(UnsafeRawBufferPointer(rebasing: bytes[message.headerStart...]))
        case .ses(let block):
            try buffer.append(Array(block.utf8))
            try buffer.append(fieldText(lineEnd: "\r\n"))
            try appendWithCRLF(UnsafeRawBufferPointer(rebasing: bytes[message.headerStart...]), to: &buffer)
        }
    }

    private func fieldText(lineEnd: String) -> [UInt8] {
        Array(addedFields.map { "\($0.name): \($0.body)\(lineEnd)" }.joined().utf8)
    }

    /// Appends `source` with each bare LF made CRLF; a bare CR ends no line and stays.
    private func appendWithCRLF(_ source: UnsafeRawBufferPointer, to buffer: inout SecretBuffer)
        throws(CryptographyError)
    {
        var start = 0
        while start < source.count {
            let line = UnsafeRawBufferPointer(rebasing: source[start...])
            guard let feed = line.firstIndex(of: 0x0A) else { return try buffer.append(line) }
            let hasReturn = feed > 0 && line[feed - 1] == 0x0D
            try buffer.append(UnsafeRawBufferPointer(rebasing: line[..<(hasReturn ? feed - 1 : feed)]))
            try buffer.append([0x0D, 0x0A])
            start += feed + 1
        }
    }
}
