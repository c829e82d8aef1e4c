using System.Text;
using System.Text.Json;
using Hawser.Naming;
using Hawser.Proof;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Proof;

/// <summary>docs/spec/vectors/notary.json, which another program has made from the page.</summary>
public class NotaryVectorTests
{
    private sealed record Vector(string Name, string Message, string Text, bool Reject, string? Audience, long? Issued, string? Observed, string? Kid, string? Nonce, string? Key,
        string? Root, long? Written, string[]? Keys, int? Needed, string[]? Operators, string[]? Urls, string? Genesis, string? Prover, string? Challenge,
        string? Trusted, string? Peer, string[]? Forwarded, string? Client);

    private static readonly Vector[] Vectors = JsonSerializer.Deserialize<Vector[]>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "notary.json")), JsonSerializerOptions.Web)!;

    public static TheoryData<string, string> Names()
    {
        var names = new TheoryData<string, string>();
        foreach (var vector in Vectors) names.Add(vector.Message, vector.Name);
        return names;
    }

    [Theory, MemberData(nameof(Names))]
    public void Matches_the_spec(string message, string name)
    {
        var vector = Vectors.Single(v => v.Message == message && v.Name == name);
        var text = Encoding.UTF8.GetBytes(vector.Text);
        switch (message)
        {
            case "statement": Statement(vector, text); break;
            case "card": Card(vector, text); break;
            case "list": List(vector, text); break;
            case "nonce": Nonce(vector); break;
            case "proxies": Proxies(vector); break;
            default: throw new InvalidDataException(message);
        }
    }

    private static void Statement(Vector vector, byte[] text)
    {
        Assert.Equal(!vector.Reject, NotaryStatement.TryRead(text, out var read));
        if (vector.Reject) return;
        Assert.Equal((vector.Audience, vector.Issued, vector.Observed), (read!.Audience, read.Issued.ToUnixTimeSeconds(), read.Observed.ToString()));
        Assert.Equal((vector.Kid, vector.Nonce), (read.Kid, read.Nonce.ToString()));
        Assert.True(Hawser.Crypto.VerifyKey.TryParse(vector.Key, out var key));
        Assert.True(read.IsSignedBy(key));
        Assert.Equal(vector.Kid, NotaryStatement.KidOf(key));
        Assert.Equal(text, read.Write());
    }

    private static void Card(Vector vector, byte[] text)
    {
        Assert.Equal(!vector.Reject, NotaryCard.TryRead(text, out var read));
        if (vector.Reject) return;
        Assert.Equal((vector.Root, vector.Written), (read!.Root.ToString(), read.Written.ToUnixTimeSeconds()));
        Assert.Equal(vector.Keys!, read.Keys.Select(key => key.Public.ToString()));
        Assert.Equal(text, read.Write());
    }

    private static void List(Vector vector, byte[] text)
    {
        Assert.Equal(!vector.Reject, NotaryList.TryRead(text, out var read));
        if (vector.Reject) return;
        Assert.Equal(vector.Needed, read!.Needed);
        Assert.Equal(vector.Operators!, read.Notaries.Select(notary => notary.Operator));
        Assert.Equal(vector.Urls!, read.Notaries.Select(notary => notary.Url));
        Assert.Equal(text, read.Write());
    }

    private static void Nonce(Vector vector)
    {
        Assert.True(Bytes32.TryParse(vector.Genesis, out var genesis));
        Assert.True(RoutingId.TryParse(vector.Prover, out var prover));
        Assert.True(AddressRequest.TryRead(Convert.FromHexString(vector.Text), out var request));
        Assert.Equal(vector.Nonce, NotaryNonce.Of(genesis, prover, StunId.Of(Convert.FromHexString(vector.Challenge!)), request!).ToString());
    }

    private static void Proxies(Vector vector)
    {
        var networks = vector.Trusted!.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(text =>
        {
            Assert.True(AddressNetwork.TryParse(text, out var network));
            Assert.Equal(text, network.ToString());
            return network;
        });
        Assert.True(HostPort.TryParse(vector.Peer!, out var peer));
        Assert.Equal(vector.Client, new TrustedProxies([.. networks]).ClientOf(peer, vector.Forwarded)?.ToString());
    }
}
