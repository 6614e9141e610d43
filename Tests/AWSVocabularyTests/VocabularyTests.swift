import AWSVocabulary
import EnvelopeTesting
import FoundationEssentials
import Testing

@Suite("Names that AWS services share")
struct VocabularyTests {
    @Test(
        "an account ID is 12 digits",
        arguments: ["", "11112222333", "1111222233334", "11112222333a", "１１１１２２２２３３３３"])
    func accountID(_ text: String) {
        #expect(throws: VocabularyError.invalidAccountID(text)) { try AccountID(text) }
    }

    @Test(
        "a Region has no upper case, blanks or outer hyphens",
        arguments: ["", "us", "US-EAST-1", "us east", "-us-1", "us-1-"])
    func region(_ text: String) {
        #expect(throws: VocabularyError.invalidRegion(text)) { try Region(text) }
    }

    @Test(
        "an ARN keeps its parts and its text",
        arguments: [
            "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:ses:us-east-1:111122223333:receipt-rule-set/a:receipt-rule/b",
            "arn:aws:iam::111122223333:root",
            "arn:aws:s3:::mailbox/in/x",
        ])
    func arn(_ text: String) throws {
        #expect(try ARN(text).text == text)
    }

    @Test(
        "what is no ARN is refused",
        arguments: [
            "", "arn", "arn:aws:kms:us-east-1:1", "arn::kms:a:b:c", "arm:aws:kms:::x", "arn:aws:kms:::",
        ])
    func notARN(_ text: String) {
        #expect(throws: VocabularyError.invalidARN(text)) { try ARN(text) }
    }

    @Test("contexts compare as sets of exact pairs")
    func contexts() {
        #expect(EncryptionContext(["a": "1", "b": "2"]) == ["b": "2", "a": "1"])
        #expect(EncryptionContext(["a": "1"]) != ["A": "1"])
        #expect(EncryptionContext(["ab": "c"]) != ["a": "bc"])
        #expect(EncryptionContext([:]) == EncryptionContext())
        // Canonically equivalent for Swift, different bytes for KMS.
        #expect(EncryptionContext(["é": "1"]) != ["e\u{301}": "1"])
        #expect(EncryptionContext(["é": "1"])["e\u{301}"] == nil)
    }

    @Test("a context's authenticated form differs for every different context")
    func unambiguousForm() {
        let contexts: [EncryptionContext] = [
            [:], ["": ""], ["a": ""], ["": "a"], ["a": "b"], ["ab": ""], ["a": "b", "": ""],
            ["a": "b", "c": "d"],
            ["a": "bc", "": "d"], ["a": "b\u{0}c"],
        ]
        #expect(Set(contexts.map(\.authenticatedBytes)).count == contexts.count)
    }

    @Test("the context's JSON is SES's own text")
    func contextText() {
        let context: EncryptionContext = [
            "kms_cmk_id": "arn:aws:kms:r:1:alias/aws/ses", "aws:ses:rule-name": "r",
            "aws:ses:message-id": "m",
        ]
        #expect(
            context.jsonText
                == #"{"aws:ses:message-id":"m","aws:ses:rule-name":"r","kms_cmk_id":"arn:aws:kms:r:1:alias/aws/ses"}"#
        )
    }

    @Test(
        "a principal ARN makes the caller it names",
        arguments: [
            ("arn:aws:iam::111122223333:root", "Account", ["arn:aws:iam::111122223333:root"]),
            ("arn:aws:iam::111122223333:user/a/b", "User", ["arn:aws:iam::111122223333:user/a/b"]),
            (
                "arn:aws:sts::111122223333:assumed-role/r/s", "AssumedRole",
                ["arn:aws:sts::111122223333:assumed-role/r/s", "arn:aws:iam::111122223333:role/r"]
            ),
        ])
    func principals(_ text: String, _ type: String, _ names: [String]) throws {
        let caller = try Caller(principal: ARN(text))
        #expect(caller.principalType == type)
        #expect(caller.matchedNames == names)
        #expect(caller.account == .default)
        #expect(caller.name == text)
    }

    @Test(
        "an ARN that cannot call makes no caller",
        arguments: [
            "arn:aws:iam::111122223333:role/r", "arn:aws:iam::x:root",
            "arn:aws:sts::111122223333:assumed-role/r",
            "arn:aws:kms:us-east-1:111122223333:key/x", "arn:aws:iam::111122223333:user/",
        ])
    func noPrincipal(_ text: String) {
        #expect(throws: VocabularyError.invalidARN(text)) { try Caller(principal: ARN(text)) }
    }

    @Test("a service looks keys up in the account it acts for")
    func service() {
        let caller = Caller.service("ses.amazonaws.com", sourceAccount: .default)
        #expect(caller.account == nil)
        #expect(caller.accountForLookup == .default)
        #expect(caller.principalARN == nil)
    }

    @Test(
        "times are written as each protocol wants them",
        arguments: [
            (0.0, "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
            (1_795_600_000.0, "2026-11-25T09:46:40Z", "Wed, 25 Nov 2026 09:46:40 GMT"),
            (951_782_400.0, "2000-02-29T00:00:00Z", "Tue, 29 Feb 2000 00:00:00 GMT"),
            (-1.0, "1969-12-31T23:59:59Z", "Wed, 31 Dec 1969 23:59:59 GMT"),
            (4_102_444_799.0, "2099-12-31T23:59:59Z", "Thu, 31 Dec 2099 23:59:59 GMT"),
        ])
    func times(_ seconds: Double, _ iso: String, _ http: String) {
        let date = Date(timeIntervalSince1970: seconds)
        #expect(Timestamps.iso8601(date) == iso)
        #expect(Timestamps.httpDate(date) == http)
        #expect(Timestamps.parse(iso8601: iso) == date)
        #expect(Timestamps.parse(httpDate: http) == date)
        #expect(Timestamps.parse(compact: Timestamps.compact(date)) == date)
    }

    @Test("milliseconds are cut, not rounded into the next second")
    func milliseconds() {
        #expect(
            Timestamps.iso8601(Date(timeIntervalSince1970: 1.9999), milliseconds: true)
                == "1970-01-01T00:00:01.999Z")
        #expect(Timestamps.parse(iso8601: "1970-01-01T00:00:01.500Z") == Date(timeIntervalSince1970: 1.5))
    }

    @Test(
        "a broken time is no date",
        arguments: ["", "2026", "2026-13-01T00:00:00Z", "yesterday", "2026-11-25T10:00:00"])
    func noTime(_ text: String) {
        #expect(Timestamps.parse(iso8601: text) == nil)
    }

    @Test("hexadecimal text is read in either case and written in lower")
    func hex() {
        #expect(Hex.decode("00fFA5") == [0, 255, 165])
        #expect(Hex.encode([0, 255, 165]) == "00ffa5")
        #expect(Hex.decode("0") == nil)
        #expect(Hex.decode("0g") == nil)
    }

    @Test("a UUID has version 4 and the RFC 9562 variant")
    func uuid() {
        let text = Surroundings.fixed().uuid()
        let digits = Array(text)
        #expect(text.utf8.count == 36)
        #expect(digits[14] == "4")
        #expect("89ab".contains(digits[19]))
    }
}
