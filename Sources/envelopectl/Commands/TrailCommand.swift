import AWSVocabulary
import AccountHome
import ArgumentParser
import Foundation
import StrictJSON
import Trail

/// `envelopectl trail …`.
struct TrailCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trail", abstract: "The record of every call, allowed or refused.",
        subcommands: [Tail.self, Search.self, Deliver.self])

    struct Tail: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the last records, and new ones with -f.")
        @OptionGroup var options: AccountOptions
        @Flag(name: .shortAndLong, help: "Go on showing records as they come.") var follow = false
        @Option(name: [.customShort("n"), .long], help: "How many of the last records to show.") var lines =
            10

        func run() throws {
            let trail = try options.open().trail
            do throws(TrailError) {
                var follower = try trail.follow()
                for record in try trail.records(limit: lines).reversed() { show(record) }
                while follow {
                    for record in try follower.poll() { show(record) }
                    usleep(200_000)
                }
            } catch {
                throw Failure("read the trail", error)
            }
        }

        private func show(_ record: JSONValue) {
            Terminal.say(options.json ? record.text() : RecordLine(record).text)
        }
    }

    struct Search: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Find records, newest first.")
        @OptionGroup var options: AccountOptions
        @Option(help: "The operation, such as Decrypt.") var event: String?
        @Option(help: "The service, such as kms.") var source: String?
        @Option(help: "Who called: a user, role, service or ARN.") var user: String?
        @Option(help: "A key's or alias's ARN, or its ID.") var resource: String?
        @Option(help: "An error code such as AccessDenied; any for every call that failed.") var error:
            String?
        @Option(help: "Not before this time (RFC 3339).") var since: String?
        @Option(help: "Before this time (RFC 3339).") var until: String?
        @Option(help: "A text anywhere in the record, such as a message ID.") var text: String?
        @Option(help: "At most so many.") var limit = 100

        func run() throws {
            let query = TrailQuery(
                eventName: event, eventSource: source, userName: user, resource: resource,
                errorCode: error == "any" ? TrailQuery.anyError : error, since: try time(since, "--since"),
                until: try time(until, "--until"), text: text)
            let trail = try options.open().trail
            let records: [JSONValue]
            do throws(TrailError) {
                records = try trail.records(matching: query, limit: limit)
            } catch {
                throw Failure("search the trail", error)
            }
            Terminal.answer(.array(records), asJSON: options.json) {
                records.map { RecordLine($0).text }.joined(separator: "\n")
            }
        }

        private func time(_ text: String?, _ option: String) throws -> Date? {
            guard let text else { return nil }
            guard let date = Timestamps.parse(iso8601: text) else {
                throw Failure(
                    sentence: "\(option) \(text) is no time", hint: "2026-11-25 or 2026-11-25T10:00:00Z",
                    status: .usage)
            }
            return date
        }
    }

    struct Deliver: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write new records as CloudTrail's gzip files, below a directory.")
        @OptionGroup var options: AccountOptions
        @Argument(help: "The directory. (default: the home's trail/delivered)") var directory: String?

        func run() throws {
            let account = try options.open()
            let files: [String]
            do throws(TrailError) {
                files = try account.trail.deliver(to: directory ?? "\(account.home.trailDirectory)/delivered")
            } catch {
                throw Failure("deliver the trail", error)
            }
            Terminal.answer(.array(files.map(JSONValue.string)), asJSON: options.json) {
                files.joined(separator: "\n")
            }
        }
    }
}

/// A record in one line: when, who, what, on which key, and how it ended.
struct RecordLine {
    let text: String

    init(_ record: JSONValue) {
        let identity = record["userIdentity"]
        let who = identity?["arn"]?.string ?? identity?["invokedBy"]?.string ?? "?"
        let resource =
            record["resources"]?.array?.last?["ARN"]?.string ?? record["requestParameters"]?["keyId"]?.string
        let context = record["requestParameters"]?["encryptionContext"]?["aws:ses:message-id"]?.string
        let error = record["errorCode"]?.string
        let parts = [
            record["eventTime"]?.string ?? "?", error ?? "ok", record["eventName"]?.string ?? "?", who,
            resource,
            context.map { "message \($0)" }, error == nil ? nil : record["errorMessage"]?.string,
        ]
        text = parts.compactMap { $0 }.joined(separator: "  ")
    }
}
