using System.Text;
using System.Text.Json;
using Hawser.Federation;
using Xunit;

namespace Hawser.Tests.Federation;

public class FederationVectorTests
{
    private sealed record Vector(string Name, string Kind, string Hex, string? Hash, bool Reject);

    private static readonly Genesis Genesis = new Founders(4).Genesis;

    private static readonly Vector[] Vectors = JsonSerializer.Deserialize<Vector[]>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "federation.json")), JsonSerializerOptions.Web)!;

    public static TheoryData<string> Names() => [.. Vectors.Select(v => v.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Matches_the_spec(string name)
    {
        var vector = Vectors.Single(v => v.Name == name);
        var (read, hash, again) = Read(vector.Kind, Convert.FromHexString(vector.Hex));
        Assert.Equal(!vector.Reject, read);
        if (vector.Reject) return;
        Assert.Equal(vector.Hash, hash);
        Assert.Equal(vector.Hex, Convert.ToHexStringLower(again));
    }

    /// <summary>Writes the page's vectors anew where HAWSER_VECTORS names a file.</summary>
    [Fact]
    public void Vectors_can_be_written_anew()
    {
        if (Environment.GetEnvironmentVariable("HAWSER_VECTORS") is not { } path) return;
        File.WriteAllText(path, FederationVectors.Write());
    }

    private static (bool Read, string Hash, byte[] Again) Read(string kind, byte[] bytes) => kind switch
    {
        "genesis" => Genesis.TryRead(bytes, out var g) ? (true, g.Hash.ToString(), Encoding.UTF8.GetBytes(g.ToString())) : default,
        "header" => Header.TryRead(bytes, out var h) ? (true, h.Hash.ToString(), h.Text) : default,
        "message" => AgreementMessage.TryRead(bytes, Genesis.Hash, out var m) &&
            m.IsSignedBy(Genesis.Hash, Genesis.Founders[Genesis.Founders.PlaceOf(m.Signer)].Key)
            ? (true, m.Id.ToString(), m.Bytes) : default,
        "value" => AgreedValue.TryRead(bytes, out var v) ? (true, v.Id.ToString(), v.Bytes) : default,
        "certificate" => TickCertificate.TryRead(bytes, Genesis.Founders, out var c) && c.IsValid(Genesis, Genesis.Founders)
            ? (true, c.Header.Hash.ToString(), c.Write(Genesis.Founders)) : default,
        "leaves" => LeavesRequest.TryRead(bytes, out var l) ? (true, l.Head.Root.ToString(), l.Write()) : default,
        _ => throw new ArgumentException(kind),
    };
}
