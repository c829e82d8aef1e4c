using System.Text;
using System.Text.Json;
using Hawser.Crypto;
using Hawser.Federation;

namespace Hawser.Tests.Federation;

/// <summary>Makes the artefacts of federation.md §9.</summary>
internal static class FederationVectors
{
    private static readonly JsonSerializerOptions Lines = new(JsonSerializerOptions.Web) { WriteIndented = true };

    public static string Write()
    {
        var founders = new Founders(4);
        var genesis = founders.Genesis;
        var (key, id) = (founders.Keys[0], genesis.Founders[0].Id);
        if (!genesis.FirstTick.TryNext(out var tick)) throw new InvalidOperationException();
        var head = AgreementMessage.MakeHead(genesis.Hash, 1, id, key, tick, LogHead.Empty);
        var heads = Enumerable.Range(0, 4).Select(i => AgreementMessage.MakeHead(
            genesis.Hash, 1, genesis.Founders[i].Id, founders.Keys[i], tick, LogHead.Empty)).ToArray();
        var vector = Enumerable.Repeat(LogHead.Empty, 4).ToArray();
        var value = AgreedValue.Of(genesis.Hash, 1, genesis.Hash, heads, vector);
        var rest = new HeaderRest(genesis.Hash, value.VectorHash, genesis.Founders.Hash, Sha256.Hash("pending"u8), 1);
        var header = new Header(genesis.Hash, 1, tick, Sha256.Hash("state"u8), rest.Hash);
        TickCertificate Certificate(int signers) => new()
        {
            Header = header, Rest = rest, Value = value,
            Attestations = [.. Enumerable.Range(0, signers).Select(i => new Attestation(
                genesis.Founders[i].Id, Hawser.Wire.Bytes64.Read(founders.Keys[i].Sign(header.Text))))],
        };
        var propose = AgreementMessage.MakePropose(genesis.Hash, 1, id, key, 3, 2, value.Bytes);
        var prevote = AgreementMessage.MakeVote(genesis.Hash, MessageKind.Prevote, 1, id, key, 0, value.Id);
        var precommit = AgreementMessage.MakeVote(genesis.Hash, MessageKind.Precommit, 1, id, key, 0, default);
        var attest = AgreementMessage.MakeAttest(header, id, key);
        var text = genesis.ToString();
        var leaves = new LeavesRequest(id, 1, new(3, rest.Hash));
        var flipped = prevote.Bytes.ToArray();
        flipped[^1] ^= 1;
        object[] all =
        [
            Accept("genesis of four", "genesis", Encoding.UTF8.GetBytes(text), genesis.Hash.ToString()),
            Reject("genesis truncated", "genesis", Encoding.UTF8.GetBytes(text[..^1])),
            Reject("genesis with a trailing byte", "genesis", Encoding.UTF8.GetBytes(text + "\n")),
            Reject("genesis with a leading zero", "genesis", Encoding.UTF8.GetBytes(text.Replace("Rules: 1", "Rules: 01", StringComparison.Ordinal))),
            Reject("genesis without founders", "genesis", Encoding.UTF8.GetBytes(text[..text.IndexOf("Admin:", StringComparison.Ordinal)])),
            Accept("header", "header", header.Text, header.Hash.ToString()),
            Reject("header of height 0", "header", Encoding.ASCII.GetBytes(header.ToString().Replace("\n1\n", "\n0\n", StringComparison.Ordinal))),
            Reject("header with a trailing byte", "header", [.. header.Text, 10]),
            Accept("HEAD", "message", head.Bytes, head.Id.ToString()),
            Accept("PROPOSE", "message", propose.Bytes, value.Id.ToString()),
            Accept("PREVOTE", "message", prevote.Bytes, value.Id.ToString()),
            Accept("PRECOMMIT nil", "message", precommit.Bytes, default(Hawser.Wire.Bytes32).ToString()),
            Accept("ATTEST", "message", attest.Bytes, header.Hash.ToString()),
            Reject("PREVOTE truncated", "message", prevote.Bytes[..^1]),
            Reject("PREVOTE with a trailing byte", "message", [.. prevote.Bytes, 0]),
            Reject("PREVOTE with another signature", "message", flipped),
            Reject("unknown kind", "message", [6, .. prevote.Bytes[1..]]),
            Accept("value", "value", value.Bytes, value.Id.ToString()),
            Reject("value truncated", "value", value.Bytes[..^1]),
            Accept("certificate with three of four", "certificate", Certificate(3).Write(genesis.Founders), header.Hash.ToString()),
            Accept("certificate with all", "certificate", Certificate(4).Write(genesis.Founders), header.Hash.ToString()),
            Reject("certificate with two of four", "certificate", Certificate(2).Write(genesis.Founders)),
            Accept("leaves request", "leaves", leaves.Write(), rest.Hash.ToString()),
            Reject("leaves request backwards", "leaves", new LeavesRequest(id, 4, new(3, rest.Hash)).Write()),
        ];
        return JsonSerializer.Serialize(all, Lines) + "\n";
    }

    private static object Accept(string name, string kind, byte[] bytes, string hash) =>
        new { name, kind, hex = Convert.ToHexStringLower(bytes), hash };

    private static object Reject(string name, string kind, byte[] bytes) =>
        new { name, kind, hex = Convert.ToHexStringLower(bytes), reject = true };
}
