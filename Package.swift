// swift-tools-version: 6.2
import PackageDescription

// One helper gives every target the same settings; the module map and the direction of imports are told in
// ARCHITECTURE.md. Targets stand in the order of the map, lowest first.

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

// Each library is worth its build time for the reason beside it.

/// Typed `Errno`, file descriptors.
let systemPackage: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
/// SQLite: migrations, WAL, many processes on one database.
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
/// The log of the programs.
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
/// Command lines, their help and completion scripts.
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

func system(_ name: String, _ pkgConfig: String?, _ debianPackage: String?) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: debianPackage.map { [.apt([$0])] })
}

func module(_ name: String, _ dependencies: Target.Dependency...) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func program(_ name: String, _ dependencies: Target.Dependency...) -> Target {
    .executableTarget(name: name, dependencies: [argumentParser] + dependencies, swiftSettings: settings)
}

func tests(of name: String, fixtures: Bool = false, _ dependencies: Target.Dependency...) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: ["EnvelopeTesting", .target(name: name)] + dependencies,
        resources: fixtures ? [.copy("Fixtures")] : [], swiftSettings: settings)
}

let package = Package(
    name: "EnvelopeFS",
    products: [
        .executable(name: "envelopefs", targets: ["envelopefs"]),
        .executable(name: "envelopectl", targets: ["envelopectl"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        system("CFuse", "fuse3", "libfuse3-dev"),
        system("COpenSSL", "openssl", "libssl-dev"),
        system("CCurl", "libcurl", "libcurl4-openssl-dev"),
        system("CZlib", "zlib", "zlib1g-dev"),
        system("CLinux", nil, nil),

        module("StrictJSON"),
        module("AWSVocabulary", "StrictJSON"),
        module("Cryptography", "CLinux", "COpenSSL"),
        module("DurableFiles", "CLinux", systemPackage),
        module("Mail"),
        module("PolicyEngine", "AWSVocabulary", "StrictJSON"),
        module("Trail", "AWSVocabulary", "CZlib", "DurableFiles", "StrictJSON", systemPackage),
        module(
            "AccountHome", "AWSVocabulary", "Cryptography", "DurableFiles", "StrictJSON", grdb, systemPackage),

        module(
            "KeyManagement", "AWSVocabulary", "AccountHome", "Cryptography", "PolicyEngine", "StrictJSON",
            "Trail", grdb),
        module("EnvelopeCrypto", "AWSVocabulary", "Cryptography", "StrictJSON"),
        module("ObjectStore", "CLinux", "Cryptography", "DurableFiles", "StrictJSON", systemPackage),
        module("ReceiptRules", "AWSVocabulary", "AccountHome", "Mail", "StrictJSON", grdb),
        module(
            "MailReceiving", "AWSVocabulary", "Cryptography", "EnvelopeCrypto", "Mail", "ObjectStore",
            "ReceiptRules"),
        module(
            "MailboxFS", "AWSVocabulary", "CLinux", "Cryptography", "DurableFiles", "EnvelopeCrypto", "Mail",
            "MailReceiving",
            "ObjectStore", "ReceiptRules", systemPackage),
        module("AWSWire", "AWSVocabulary", "Cryptography", "StrictJSON"),
        module(
            "AWSClients", "AWSVocabulary", "AWSWire", "CCurl", "Cryptography", "EnvelopeCrypto",
            "ObjectStore",
            "StrictJSON"),
        module("FuseBridge", "CFuse", "CLinux", "Cryptography", "MailboxFS", systemPackage),
        module(
            "EnvelopeDaemon", "AWSVocabulary", "AccountHome", "Cryptography", "DurableFiles",
            "EnvelopeCrypto",
            "KeyManagement", "Mail", "MailReceiving", "MailboxFS", "ObjectStore", "PolicyEngine",
            "ReceiptRules",
            "StrictJSON", "Trail", logging, systemPackage),

        program(
            "envelopefs", "AWSVocabulary", "Cryptography", "EnvelopeDaemon", "FuseBridge", "MailboxFS",
            logging, systemPackage),
        program(
            "envelopectl", "AWSVocabulary", "AccountHome", "EnvelopeDaemon", "KeyManagement", "Mail",
            "MailReceiving", "PolicyEngine", "ReceiptRules", "StrictJSON", "Trail"),

        .target(
            name: "EnvelopeTesting", dependencies: ["AWSVocabulary"], path: "Tests/EnvelopeTesting",
            swiftSettings: settings),
        .executableTarget(
            name: "FuseBridgeProbe", dependencies: ["FuseBridge", "MailboxFS", systemPackage],
            path: "Tests/FuseBridgeProbe", swiftSettings: settings),
        tests(of: "StrictJSON"),
        tests(of: "AWSVocabulary"),
        tests(of: "Cryptography", fixtures: true, "CLinux"),
        tests(of: "DurableFiles", "CLinux", systemPackage),
        tests(of: "Mail"),
        tests(of: "PolicyEngine", "AWSVocabulary", "StrictJSON"),
        tests(of: "Trail", "AWSVocabulary", "CLinux", "CZlib", "DurableFiles", "StrictJSON", systemPackage),
        tests(of: "EnvelopeCrypto", fixtures: true, "AWSVocabulary", "Cryptography", "StrictJSON"),
        tests(of: "ObjectStore", "CLinux", "Cryptography", "DurableFiles", "StrictJSON", systemPackage),
        tests(of: "ReceiptRules", "AWSVocabulary", "AccountHome", "Mail", "StrictJSON"),
        tests(
            of: "MailReceiving", "AWSVocabulary", "AccountHome", "Cryptography", "DurableFiles",
            "EnvelopeCrypto", "Mail", "ObjectStore", "ReceiptRules", "StrictJSON", systemPackage),
        tests(
            of: "MailboxFS", "AWSVocabulary", "Cryptography", "DurableFiles", "EnvelopeCrypto", "Mail",
            "MailReceiving", "ObjectStore", "ReceiptRules", "StrictJSON", systemPackage),
        tests(of: "FuseBridge", "FuseBridgeProbe", "CFuse", "Cryptography", "MailboxFS", systemPackage),
        tests(of: "AWSWire", fixtures: true, "AWSVocabulary", "Cryptography", "StrictJSON"),
        tests(
            of: "AWSClients", "AWSVocabulary", "AWSWire", "Cryptography", "EnvelopeCrypto", "ObjectStore",
            "StrictJSON"),
        tests(
            of: "AccountHome", "AWSVocabulary", "Cryptography", "DurableFiles", "StrictJSON", grdb,
            systemPackage),
        tests(
            of: "KeyManagement", fixtures: true, "AWSVocabulary", "AccountHome", "Cryptography",
            "DurableFiles",
            "PolicyEngine",
            "StrictJSON", "Trail", grdb, systemPackage),
        tests(
            of: "EnvelopeDaemon", "AWSVocabulary", "AccountHome", "Cryptography", "EnvelopeCrypto",
            "KeyManagement", "MailboxFS"),
        .testTarget(
            name: "MountTests", dependencies: ["envelopefs", "envelopectl"], swiftSettings: settings),
    ]
)
