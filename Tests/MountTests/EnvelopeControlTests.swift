import Foundation
import Testing

/// The companion as a person at a terminal, or a script, has it.
@Suite("envelopectl")
struct EnvelopeControlTests {
    /// Runs a script with a home of its own and no mount.
    private func run(_ script: String) throws -> ShellResult {
        let mailbox = try MountedMailbox(mounting: false)
        return try mailbox.run("set -e\nenvelopectl init > /dev/null\n\(script)")
    }

    @Test("keys go through their states, by alias as well as by ID")
    func keys() throws {
        let result = try run(
            """
            arn=$(envelopectl key create --alias alias/a --description "for tests")
            envelopectl key list | grep -q 'alias/a'
            test "$(envelopectl key describe alias/a --json | jq -r .Arn)" = "$arn"
            envelopectl key disable alias/a
            test "$(envelopectl key describe alias/a --json | jq -r .KeyState)" = Disabled
            envelopectl key enable "${arn##*/}"
            envelopectl key rotate alias/a
            test "$(envelopectl key rotations alias/a --json | jq length)" = 2
            envelopectl key schedule-deletion alias/a --days 7
            if envelopectl key enable alias/a 2> err; then exit 1; else test $? = 78; fi
            grep -q 'hint: cancel the deletion first' err
            envelopectl key cancel-deletion alias/a
            test "$(envelopectl key describe alias/a --json | jq -r .KeyState)" = Disabled
            envelopectl alias create alias/b alias/a
            test "$(envelopectl alias list --json | jq '[.[] | select(.TargetKeyId)] | length')" -ge 2
            envelopectl alias delete alias/b
            """)
        #expect(result.succeeded, "\(result)")
    }

    @Test(
        "a refusal is one sentence, perhaps a hint, and its own exit code",
        arguments: [
            ("envelopectl key describe alias/none", 66, "alias/none"),
            ("envelopectl key create --policy /dev/null", 65, "policy"),
            ("envelopectl rule show none", 66, "none"),
            ("envelopectl rule-set delete default-rule-set", 78, "default-rule-set"),
            ("envelopectl rule-set create default-rule-set", 73, "default-rule-set"),
            ("envelopectl alias create alias/aws/mine $(envelopectl key create)", 77, "alias/aws/mine"),
            ("envelopectl key rotate", 64, "key"),
            ("envelopectl key list --as nonsense", 64, "nonsense"),
            ("envelopectl --home /nowhere/at/all key list", 64, "--home"),
            ("envelopectl key list --home /nowhere/at/all", 69, "/nowhere/at/all"),
            ("envelopectl key list --as arn:aws:iam::111122223333:user/nobody", 77, "kms:ListKeys"),
        ])
    func refusals(_ command: String, _ code: Int, _ word: String) throws {
        let result = try run(
            "if \(command) > out 2> err; then code=0; else code=$?; fi; cat err >&2; exit $code")
        #expect(result.status == Int32(code), "\(result)")
        #expect(result.errors.contains(word), "\(result)")
        #expect(result.errors.split(separator: "\n").count <= 6, "\(result)")
    }

    @Test("a policy is put, edited, got back as it was, and explains itself")
    func policies() throws {
        let result = try run(
            #"""
            envelopectl key create --alias alias/p --ses > /dev/null
            envelopectl policy get alias/p > policy.json
            jq -e '.Statement[1].Principal.Service == "ses.amazonaws.com"' policy.json > /dev/null
            context='--context aws:ses:rule-name=r --context aws:ses:message-id=m --context aws:ses:source-account=111122223333'
            envelopectl policy explain alias/p --action kms:GenerateDataKey --principal ses.amazonaws.com $context > explained
            grep -q allowed explained
            if envelopectl policy explain alias/p --action kms:Decrypt --principal ses.amazonaws.com $context; then exit 1; else test $? = 77; fi
            if envelopectl policy explain alias/p --action kms:GenerateDataKey --principal ses.amazonaws.com > why; then exit 1; fi
            grep -q message-id why
            EDITOR='sed -i s/messages/mail/' envelopectl policy edit alias/p
            envelopectl policy get alias/p | grep -q 'encrypt mail'
            sed 's/Allow SES.*/x","Extra": 1,/' policy.json > broken.json
            if envelopectl policy put alias/p broken.json 2> err; then exit 1; else test $? = 65; fi
            envelopectl policy get alias/p | grep -q 'encrypt mail'
            """#)
        #expect(result.succeeded, "\(result)")
    }

    @Test("rules are made, changed, ordered and described as the SES API describes them")
    func rules() throws {
        let result = try run(
            """
            envelopectl rule create first --recipient a@example.com --recipient .example.org --bucket mailbox --prefix in --stop
            envelopectl rule create second --after first --bucket mailbox --add-header 'X-Seen: yes' --kms-key alias/aws/ses
            test "$(envelopectl rule list --json | jq -r '[.[].Name] | join(" ")')" = "first second default"
            envelopectl rule update first --disable-rule --recipient b@example.com
            test "$(envelopectl rule show first --json | jq -c '[.Enabled, .Recipients]')" = '[false,["b@example.com"]]'
            envelopectl rule show second --json | jq -e '.Actions[0].AddHeaderAction.HeaderName == "X-Seen"' > /dev/null
            envelopectl rule move default
            envelopectl rule-set reorder default-rule-set second first default
            test "$(envelopectl rule-set show --json | jq -r '[.Rules[].Name] | join(" ")')" = "second first default"
            envelopectl rule-set clone default-rule-set other
            envelopectl rule-set activate other
            envelopectl rule-set list | grep -q 'other .*yes'
            envelopectl rule delete first --rule-set other
            echo '{"Actions":[{"StopAction":{"Scope":"RuleSet"}}],"Enabled":true}' | envelopectl rule create third --document -
            envelopectl rule show third --json | jq -e '.Actions[0].StopAction.Scope == "RuleSet"' > /dev/null
            """)
        #expect(result.succeeded, "\(result)")
    }

    @Test("principals get policies and access keys")
    func principals() throws {
        let result = try run(
            #"""
            envelopectl principal create user/alice --tag team=mail
            echo '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:List*","Resource":"*"}}' > p.json
            envelopectl key list --as arn:aws:iam::111122223333:user/alice 2>/dev/null && exit 1
            envelopectl principal put-policy user/alice lister p.json
            envelopectl key list --as arn:aws:iam::111122223333:user/alice > /dev/null
            envelopectl access-key create --principal user/alice --label alice > profile
            grep -q '^aws_access_key_id = AKIA' profile
            envelopectl access-key create --principal ses.amazonaws.com --label ses > /dev/null
            envelopectl access-key export --callers | jq -e '.principals.ses.service == "ses.amazonaws.com"' > /dev/null
            ! grep -r "$(sed -n 's/aws_secret_access_key = //p' profile)" home
            envelopectl principal delete user/alice
            test "$(envelopectl access-key list --json | jq length)" = 1
            """#)
        #expect(result.succeeded, "\(result)")
    }

    @Test("the trail tells who did what, and delivers CloudTrail's files")
    func trail() throws {
        let result = try run(
            """
            envelopectl key create --alias alias/t > /dev/null
            envelopectl trail tail | grep -q 'ok  CreateAlias'
            test "$(envelopectl trail search --event CreateKey --json | jq length)" = 1
            envelopectl key describe alias/none 2>/dev/null || true
            envelopectl trail search --error any | grep -q NotFoundException
            file=$(envelopectl trail deliver)
            gzip -dc "home/trail/delivered/${file#home/trail/delivered/}" 2>/dev/null | jq -e '.Records | length > 2' > /dev/null \
                || gzip -dc "$file" | jq -e '.Records | length > 2' > /dev/null
            test -z "$(envelopectl trail deliver)"
            """)
        #expect(result.succeeded, "\(result)")
    }

    @Test("help and completion come for every command")
    func help() throws {
        let result = try run(
            """
            envelopectl --help | grep -q 'codes: 0 done'
            for noun in key alias policy grant principal access-key rule-set rule trail; do envelopectl help $noun | grep -q SUBCOMMANDS; done
            for shell in bash zsh fish; do test $(envelopectl --generate-completion-script $shell | wc -l) -gt 50; done
            envelopefs --help | grep -q allow_delete
            """)
        #expect(result.succeeded, "\(result)")
    }
}
