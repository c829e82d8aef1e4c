using System.Text;
using System.Text.Json;
using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Tests.Sim;
using Hawser.Wire;

namespace Hawser.Tests.Federation;

/// <summary>Makes the artefacts of membership.md §9.</summary>
internal static class MembershipVectors
{
    private static readonly JsonSerializerOptions Lines = new(JsonSerializerOptions.Web) { WriteIndented = true };

    public static string Write()
    {
        var founders = new Founders(4);
        var genesis = founders.Genesis;
        var random = new SimRandom(21);
        var key = SigningKey.Generate(random);
        HubCard Card(Bytes32? federation) => new HubCard
        {
            Name = "late", Url = "https://late.example", At = HostPort.Read([192, 0, 2, 9], 65_430), AdminKey = key.Public,
            ChannelKey = genesis.Founders[3].ChannelKey, Genesis = federation,
        }.SignWith(key);
        var card = Card(genesis.Hash);
        var add = new MemberVote(genesis.Hash, true, MemberChange.Add(card));
        var retire = new MemberVote(genesis.Hash, false, MemberChange.Retire(genesis.Founders[3].Id));
        var rekey = new MemberVote(genesis.Hash, true, MemberChange.Rekey(genesis.Founders[3].Id, card));
        var next = rekey.Change.ApplyTo(genesis.Founders, 1);
        var certificate = Certificate(founders, next, 3);
        var text = Encoding.UTF8.GetString(certificate);
        var line = text[text.IndexOf("Admin: ", StringComparison.Ordinal)..(text.IndexOf('\n', text.IndexOf("Admin: ", StringComparison.Ordinal)) + 1)];
        object[] all =
        [
            Accept("a vote to add", "vote", add.Write(), add.Change.Hash.ToString()),
            Accept("a vote against retiring", "vote", retire.Write(), retire.Change.Hash.ToString()),
            Accept("a vote to re-key", "vote", rekey.Write(), rekey.Change.Hash.ToString()),
            Reject("a vote that is neither", "vote", Replace(add.Write(), "Vote: yes", "Vote: aye")),
            Reject("another change", "vote", Replace(retire.Write(), "Change: retire", "Change: remove")),
            Reject("an addition that names an admin", "vote", Replace(rekey.Write(), "Change: rekey", "Change: add")),
            Reject("a retirement with a card", "vote", Replace(rekey.Write(), "Change: rekey", "Change: retire")),
            Reject("a card that was changed", "vote", Flip(add.Write(), 40)),
            Reject("a vote with a line more", "vote", [.. add.Write(), .. "Notes: x\n"u8]),
            Reject("a vote truncated", "vote", add.Write()[..^1]),
            Accept("a question", "join", new JoinRequest(genesis.Hash, add.Change).Write(), add.Change.Hash.ToString()),
            Reject("a question about retiring", "join", Encoding.ASCII.GetBytes($"hawser/join/1 {genesis.Hash}\n{retire.Change.Text}")),
            Reject("a card that names no federation", "join", new JoinRequest(genesis.Hash, MemberChange.Add(Card(null))).Write()),
            Accept("a certificate that ends an epoch", "certificate", certificate, next.Hash.ToString()),
            Reject("one that lists as before", "certificate", Certificate(founders, genesis.Founders, 3, listed: true)),
            Reject("one that lists others than it commits to", "certificate", Certificate(founders, next, 3, commits: genesis.Founders)),
            Reject("one with too few signatures", "certificate", Certificate(founders, next, 2)),
            Reject("one that leaves an admin out", "certificate", Replace(certificate, line, "")),
            Reject("one with an admin twice", "certificate", Replace(certificate, line, line + line)),
            Reject("one that is silent about others", "certificate", Certificate(founders, null, 3, commits: next)),
        ];
        return JsonSerializer.Serialize(all, Lines) + "\n";
    }

    private static byte[] Certificate(Founders founders, Members? next, int signers, Members? commits = null, bool listed = false)
    {
        var genesis = founders.Genesis;
        if (!genesis.FirstTick.TryNext(out var tick)) throw new InvalidOperationException();
        var heads = Enumerable.Range(0, 4).Select(i => AgreementMessage.MakeHead(
            genesis.Hash, 1, genesis.Founders[i].Id, founders.Keys[i], tick, LogHead.Empty)).ToArray();
        var value = AgreedValue.Of(genesis.Hash, 1, genesis.Hash, heads, [.. Enumerable.Repeat(LogHead.Empty, 4)]);
        var rest = new HeaderRest(genesis.Hash, value.VectorHash, (commits ?? next)!.Hash, Sha256.Hash("pending"u8), 1);
        var header = new Header(genesis.Hash, 1, tick, Sha256.Hash("state"u8), rest.Hash);
        return new TickCertificate
        {
            Header = header, Rest = rest, Value = value, Next = listed || next is not null ? next : null,
            Attestations = [.. Enumerable.Range(0, signers).Select(i => new Attestation(genesis.Founders[i].Id, Bytes64.Read(founders.Keys[i].Sign(header.Text))))],
        }.Write(genesis.Founders);
    }

    private static byte[] Replace(byte[] text, string what, string with) =>
        Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text).Replace(what, with, StringComparison.Ordinal));

    private static byte[] Flip(byte[] text, int fromEnd)
    {
        text[^fromEnd] = text[^fromEnd] == (byte)'A' ? (byte)'B' : (byte)'A';
        return text;
    }

    private static object Accept(string name, string kind, byte[] bytes, string hash) =>
        new { name, kind, text = Encoding.UTF8.GetString(bytes), hash };

    private static object Reject(string name, string kind, byte[] bytes) =>
        new { name, kind, text = Encoding.UTF8.GetString(bytes), reject = true };
}
