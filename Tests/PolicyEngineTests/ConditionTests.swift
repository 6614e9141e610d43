import AWSVocabulary
import PolicyEngine
import Testing

/// One condition at a time: operator, policy values as JSON, the request's values (`-` for an absent key, `;`
/// between several), and whether an Allow with this condition lets the caller in.
@Suite("A condition")
struct ConditionTests {
    static func decide(_ row: Row, negated: Bool = false) throws -> Bool {
        let condition = #"{"\#(row.cells[0])": {"test:Key": \#(row.cells[1])}}"#
        let policy = try keyPolicy(
            #"{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:*","Resource":"*","Condition":\#(condition)}"#
        )
        let values = row.cells[2] == "-" ? nil : row.cells[2].split(separator: ";").map(String.init)
        let asked = request(try Cast.caller("alice"), adding: values.map { ["TEST:key": $0] } ?? [:])
        return Evaluator.decide(asked, resourcePolicy: policy, identityPolicies: []).isAllowed
    }

    @Test(
        "of string operators decides exactly",
        arguments: Row.table(
            """
            StringEquals | "a" | a | yes
            StringEquals | "a" | A | no
            StringEquals | "a" | aa | no
            StringEquals | ["a","b"] | b | yes
            StringEquals | ["a","b"] | c | no
            StringEquals | "a" | - | no
            StringEquals | [] | a | no
            StringEquals | "a*" | abc | no
            StringEquals | "a*" | a* | yes
            StringEquals | 12 | 12 | yes
            StringEquals | 12 | 12.0 | no
            StringEquals | true | true | yes
            StringEquals | "é" | é | yes
            StringEquals | "é" | e\u{301} | no
            StringNotEquals | "a" | a | no
            StringNotEquals | "a" | b | yes
            StringNotEquals | ["a","b"] | b | no
            StringNotEquals | ["a","b"] | c | yes
            StringNotEquals | "a" | - | yes
            StringNotEquals | "a" | A | yes
            StringNotEquals | [] | a | yes
            StringEqualsIgnoreCase | "ABC" | abc | yes
            StringEqualsIgnoreCase | "abc" | aBd | no
            StringEqualsIgnoreCase | "É" | é | yes
            StringEqualsIgnoreCase | "ß" | ss | no
            StringEqualsIgnoreCase | "µ" | \u{3BC} | yes
            StringEqualsIgnoreCase | "k" | \u{212A} | yes
            StringEqualsIgnoreCase | "i" | \u{131} | no
            StringEqualsIgnoreCase | "abc" | - | no
            StringNotEqualsIgnoreCase | "ABC" | abc | no
            StringNotEqualsIgnoreCase | "abc" | abd | yes
            StringNotEqualsIgnoreCase | "abc" | - | yes
            StringLike | "a*c" | abbbc | yes
            StringLike | "a*c" | ac | yes
            StringLike | "a*c" | acd | no
            StringLike | "a?c" | abc | yes
            StringLike | "a?c" | ac | no
            StringLike | "a?c" | aéc | yes
            StringLike | "A*" | abc | no
            StringLike | "*" | - | no
            StringLike | "*b*b*" | aabab | yes
            StringLike | "*ab" | aabaab | yes
            StringLike | "*ab" | aabaa | no
            StringLike | "?*" | x | yes
            StringLike | ["x*","a*"] | abc | yes
            StringNotLike | "a*" | abc | no
            StringNotLike | "a*" | bcd | yes
            StringNotLike | ["a*","b*"] | bcd | no
            StringNotLike | "a*" | - | yes
            """, columns: 4))
    func strings(_ row: Row) throws { #expect(try Self.decide(row) == row.isExpected) }

    @Test(
        "of numeric operators compares decimals exactly",
        arguments: Row.table(
            """
            NumericEquals | 10 | 10 | yes
            NumericEquals | "10" | 10.0 | yes
            NumericEquals | "1e1" | 10 | yes
            NumericEquals | 10 | 11 | no
            NumericEquals | "0" | -0 | yes
            NumericEquals | "9007199254740993" | 9007199254740992 | no
            NumericEquals | "ten" | 10 | no
            NumericEquals | 10 | ten | no
            NumericEquals | 10 | - | no
            NumericEquals | [7,10] | 10 | yes
            NumericEquals | "0x10" | 16 | no
            NumericEquals | "1." | 1 | no
            NumericEquals | "" | 0 | no
            NumericNotEquals | 10 | 11 | yes
            NumericNotEquals | 10 | 10 | no
            NumericNotEquals | 10 | - | yes
            NumericLessThan | 10 | 9.99 | yes
            NumericLessThan | 10 | 10 | no
            NumericLessThan | 10 | -11 | yes
            NumericLessThan | -10 | -11 | yes
            NumericLessThan | -11 | -10 | no
            NumericLessThan | 100 | 9 | yes
            NumericLessThan | "0.01" | 0.001 | yes
            NumericLessThanEquals | 10 | 10 | yes
            NumericLessThanEquals | 10 | 10.01 | no
            NumericLessThanEquals | 10 | - | no
            NumericGreaterThan | 10 | 10.5 | yes
            NumericGreaterThan | 10 | 10 | no
            NumericGreaterThan | "1e5" | 100001 | yes
            NumericGreaterThanEquals | 7 | 7 | yes
            NumericGreaterThanEquals | 7 | 6 | no
            """, columns: 4))
    func numbers(_ row: Row) throws { #expect(try Self.decide(row) == row.isExpected) }

    @Test(
        "of date operators reads ISO 8601 and epoch seconds",
        arguments: Row.table(
            """
            DateEquals | "2026-11-25T12:00:00Z" | 2026-11-25T12:00:00Z | yes
            DateEquals | "2026-11-25T13:00:00+01:00" | 2026-11-25T12:00:00Z | yes
            DateEquals | "1795608000" | 2026-11-25T12:00:00Z | yes
            DateEquals | 1795608000 | 2026-11-25T12:00:00Z | yes
            DateEquals | "2026-11-25" | 2026-11-25T00:00:00Z | yes
            DateEquals | "2026-11-25T12:00Z" | 2026-11-25T12:00:00Z | yes
            DateEquals | "2026-11" | 2026-11-01T00:00:00Z | yes
            DateEquals | "2026-11-25T12:00:00Z" | 2026-11-25T12:00:01Z | no
            DateEquals | "yesterday" | 2026-11-25T12:00:00Z | no
            DateNotEquals | "2026-11-25T12:00:00Z" | 2026-11-25T12:00:01Z | yes
            DateNotEquals | "2026-11-25T12:00:00Z" | 2026-11-25T12:00:00Z | no
            DateNotEquals | "2026-11-25T12:00:00Z" | - | yes
            DateLessThan | "2026-11-26T00:00:00Z" | 2026-11-25T23:59:59Z | yes
            DateLessThan | "2026-11-26T00:00:00Z" | 2026-11-26T00:00:00Z | no
            DateLessThanEquals | "2026-11-26T00:00:00Z" | 2026-11-26T00:00:00Z | yes
            DateLessThanEquals | "2026-11-26T00:00:00Z" | 2026-11-26T00:00:00.500Z | no
            DateGreaterThan | "2026-11-24T00:00:00Z" | 1795608000 | yes
            DateGreaterThan | "2026-11-24T00:00:00Z" | - | no
            DateGreaterThanEquals | "2026-11-25T12:00:00Z" | 1795608000 | yes
            DateGreaterThanEquals | "2026-11-25T12:00:00Z" | 1795607999 | no
            """, columns: 4))
    func dates(_ row: Row) throws { #expect(try Self.decide(row) == row.isExpected) }

    @Test(
        "of Bool, Binary and Null operators reads its values",
        arguments: Row.table(
            """
            Bool | true | true | yes
            Bool | "TRUE" | true | yes
            Bool | "true" | True | yes
            Bool | true | false | no
            Bool | "false" | false | yes
            Bool | "false" | - | no
            Bool | "yes" | true | no
            Bool | 1 | true | no
            BinaryEquals | "QmluYXJ5" | QmluYXJ5 | yes
            BinaryEquals | "QmluYXJ5" | QmluYXJ6 | no
            BinaryEquals | "QQ==" | QQ== | yes
            BinaryEquals | "QQ" | QQ== | no
            BinaryEquals | "QR==" | QQ== | no
            BinaryEquals | "QmluYXJ5" | - | no
            Null | true | - | yes
            Null | true | a | no
            Null | "true" | - | yes
            Null | false | a | yes
            Null | "false" | a | yes
            Null | "False" | a | yes
            Null | "false" | - | no
            Null | false | a;b | yes
            Null | [true,false] | a | yes
            Null | [true,false] | - | yes
            Null | "maybe" | - | no
            Null | "maybe" | a | no
            """, columns: 4))
    func truthBinaryAndPresence(_ row: Row) throws { #expect(try Self.decide(row) == row.isExpected) }

    @Test(
        "of address operators knows blocks of both families",
        arguments: Row.table(
            """
            IpAddress | "203.0.113.0/24" | 203.0.113.77 | yes
            IpAddress | "203.0.113.0/24" | 203.0.114.77 | no
            IpAddress | "203.0.113.5" | 203.0.113.5 | yes
            IpAddress | "203.0.113.5" | 203.0.113.6 | no
            IpAddress | "203.0.113.5/24" | 203.0.113.200 | yes
            IpAddress | "0.0.0.0/0" | 8.8.8.8 | yes
            IpAddress | "0.0.0.0/0" | 2001:db8::1 | no
            IpAddress | "2001:db8::/32" | 2001:db8:ffff::1 | yes
            IpAddress | "2001:DB8::/32" | 2001:db9::1 | no
            IpAddress | "2001:db8::1" | 2001:0db8:0:0:0:0:0:1 | yes
            IpAddress | "::/0" | 2001:db8::1 | yes
            IpAddress | "::/0" | 10.0.0.1 | no
            IpAddress | "10.0.0.0/8" | ::ffff:10.1.2.3 | yes
            IpAddress | "::ffff:10.0.0.0/104" | 10.1.2.3 | yes
            IpAddress | "10.0.0.0/33" | 10.0.0.1 | no
            IpAddress | "010.0.0.1" | 10.0.0.1 | no
            IpAddress | "10.0.0" | 10.0.0.1 | no
            IpAddress | "1:2:3:4:5:6:7:8:9" | 1:2:3:4:5:6:7:8 | no
            IpAddress | ["10.0.0.0/8","192.168.0.0/16"] | 192.168.3.4 | yes
            IpAddress | "10.0.0.0/8" | ses.amazonaws.com | no
            IpAddress | "10.0.0.0/8" | - | no
            NotIpAddress | "10.0.0.0/8" | 10.0.0.1 | no
            NotIpAddress | "10.0.0.0/8" | 11.0.0.1 | yes
            NotIpAddress | "10.0.0.0/8" | - | yes
            NotIpAddress | ["10.0.0.0/8","11.0.0.0/8"] | 11.0.0.1 | no
            """, columns: 4))
    func addresses(_ row: Row) throws { #expect(try Self.decide(row) == row.isExpected) }

    @Test(
        "of ARN operators matches part by part",
        arguments: Row.table(
            """
            ArnEquals | "arn:aws:sns:us-east-1:111122223333:topic" | arn:aws:sns:us-east-1:111122223333:topic | yes
            ArnEquals | "arn:aws:sns:*:111122223333:*" | arn:aws:sns:us-east-1:111122223333:topic | yes
            ArnEquals | "arn:aws:sns:*:topic" | arn:aws:sns:us-east-1:111122223333:topic | no
            ArnLike | "arn:aws:ses:us-east-1:111122223333:receipt-rule-set/*:receipt-rule/*" | arn:aws:ses:us-east-1:111122223333:receipt-rule-set/a:receipt-rule/b | yes
            ArnLike | "arn:aws:ses:us-east-1:111122223333:*" | arn:aws:ses:us-east-1:111122223333:receipt-rule-set/a:receipt-rule/b | yes
            ArnLike | "arn:aws:ses:us-east-1:*" | arn:aws:ses:us-east-1:111122223333:receipt-rule-set/a:receipt-rule/b | no
            ArnLike | "arn:aws:s?s:*:*:topic" | arn:aws:sqs:us-east-1:111122223333:topic | yes
            ArnLike | "arn:aws:SNS:*:*:topic" | arn:aws:sns:us-east-1:111122223333:topic | no
            ArnLike | "*" | arn:aws:sns:us-east-1:111122223333:topic | no
            ArnLike | "arn:*:*:*:*:*" | topic | no
            ArnLike | "arn:*:*:*:*:*" | arn:aws:s3:::bucket | yes
            ArnLike | "arn:aws:s3:::bucket" | - | no
            ArnNotEquals | "arn:aws:s3:::bucket" | arn:aws:s3:::bucket | no
            ArnNotEquals | "arn:aws:s3:::bucket" | arn:aws:s3:::other | yes
            ArnNotLike | "arn:aws:s3:::b*" | arn:aws:s3:::bucket | no
            ArnNotLike | "arn:aws:s3:::b*" | - | yes
            """, columns: 4))
    func arns(_ row: Row) throws { #expect(try Self.decide(row) == row.isExpected) }

    @Test(
        "with IfExists holds for an absent key and decides a present one",
        arguments: Row.table(
            """
            StringEqualsIfExists | "a" | - | yes
            StringEqualsIfExists | "a" | a | yes
            StringEqualsIfExists | "a" | b | no
            StringLikeIfExists | "a*" | - | yes
            StringLikeIfExists | "a*" | b | no
            StringNotEqualsIfExists | "a" | a | no
            StringNotEqualsIfExists | "a" | - | yes
            NumericLessThanIfExists | 5 | - | yes
            NumericLessThanIfExists | 5 | 6 | no
            DateGreaterThanIfExists | "2026-01-01" | - | yes
            BoolIfExists | true | - | yes
            BoolIfExists | true | false | no
            IpAddressIfExists | "10.0.0.0/8" | - | yes
            IpAddressIfExists | "10.0.0.0/8" | 11.0.0.1 | no
            ArnLikeIfExists | "arn:aws:s3:::b*" | - | yes
            ArnLikeIfExists | "arn:aws:s3:::b*" | arn:aws:s3:::c | no
            BinaryEqualsIfExists | "QQ==" | - | yes
            ForAnyValue:StringEqualsIfExists | "a" | - | yes
            ForAllValues:StringEqualsIfExists | "a" | b | no
            """, columns: 4))
    func ifExists(_ row: Row) throws { #expect(try Self.decide(row) == row.isExpected) }

    @Test(
        "with a set operator asks all or any of the request's values",
        arguments: Row.table(
            """
            ForAllValues:StringEquals | ["a","b"] | a;b | yes
            ForAllValues:StringEquals | ["a","b"] | a | yes
            ForAllValues:StringEquals | ["a","b"] | a;c | no
            ForAllValues:StringEquals | ["a","b"] | - | yes
            ForAllValues:StringLike | "a*" | ab;ac | yes
            ForAllValues:StringLike | "a*" | ab;b | no
            ForAllValues:StringNotEquals | "a" | b;c | yes
            ForAllValues:StringNotEquals | "a" | a;c | no
            ForAllValues:StringNotEquals | "a" | - | yes
            ForAllValues:NumericLessThan | 5 | 1;2 | yes
            ForAllValues:NumericLessThan | 5 | 1;7 | no
            ForAnyValue:StringEquals | ["a","b"] | c;b | yes
            ForAnyValue:StringEquals | ["a","b"] | c;d | no
            ForAnyValue:StringEquals | "a" | - | no
            ForAnyValue:StringNotEquals | "a" | a;b | yes
            ForAnyValue:StringNotEquals | "a" | a | no
            ForAnyValue:StringNotEquals | "a" | - | no
            ForAnyValue:StringLike | "a?" | xx;ab | yes
            ForAnyValue:ArnLike | "arn:aws:s3:::b*" | arn:aws:s3:::c;arn:aws:s3:::b | yes
            ForAnyValue:IpAddress | "10.0.0.0/8" | 11.0.0.1;10.0.0.1 | yes
            ForAnyValue:Bool | true | false | no
            StringEquals | "a" | a;b | yes
            StringNotEquals | "a" | a;b | no
            """, columns: 4))
    func setOperators(_ row: Row) throws { #expect(try Self.decide(row) == row.isExpected) }

    @Test("of several operators and keys needs all of them")
    func conjunction() throws {
        let policy = try keyPolicy(
            """
            {"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":{
              "StringEquals":{"t:a":"1","t:b":["2","3"]},"Bool":{"t:c":"true"}}}
            """)
        let alice = try Cast.caller("alice")
        func isAllowed(_ context: [String: [String]]) -> Bool {
            Evaluator.decide(request(alice, adding: context), resourcePolicy: policy, identityPolicies: [])
                .isAllowed
        }
        #expect(isAllowed(["t:a": ["1"], "t:b": ["3"], "t:c": ["true"]]))
        #expect(!isAllowed(["t:a": ["1"], "t:b": ["4"], "t:c": ["true"]]))
        #expect(!isAllowed(["t:a": ["1"], "t:b": ["2"]]))
        #expect(!isAllowed(["t:b": ["2"], "t:c": ["true"]]))
    }

    @Test("whose key is spelt twice in different case needs both")
    func repeatedKey() throws {
        let policy = try keyPolicy(
            #"""
            {"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*",
             "Condition":{"StringLike":{"t:a":"x*","T:A":"*y"}}}
            """#)
        let alice = try Cast.caller("alice")
        for (value, isExpected) in [("xy", true), ("xz", false), ("zy", false)] {
            let decision = Evaluator.decide(
                request(alice, adding: ["t:A": [value]]), resourcePolicy: policy, identityPolicies: [])
            #expect(decision.isAllowed == isExpected)
        }
    }
}
