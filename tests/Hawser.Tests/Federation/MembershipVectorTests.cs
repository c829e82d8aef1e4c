using System.Text;
using System.Text.Json;
using Hawser.Federation;
using Xunit;

namespace Hawser.Tests.Federation;

public class MembershipVectorTests
{
    private sealed record Vector(string Name, string Kind, string Text, string? Hash, bool Reject);

    private static readonly Genesis Genesis = new Founders(4).Genesis;

    private static readonly Vector[] Vectors = JsonSerializer.Deserialize<Vector[]>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "membership.json")), JsonSerializerOptions.Web)!;

    public static TheoryData<string> Names() => [.. Vectors.Select(v => v.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Matches_the_spec(string name)
    {
        var vector = Vectors.Single(v => v.Name == name);
        var (read, hash, again) = Read(vector.Kind, Encoding.UTF8.GetBytes(vector.Text));
        Assert.Equal(!vector.Reject, read);
        if (vector.Reject) return;
        Assert.Equal(vector.Hash, hash);
        Assert.Equal(vector.Text, Encoding.UTF8.GetString(again));
    }

    /// <summary>Writes the page's vectors anew where HAWSER_MEMBERSHIP_VECTORS names a file.</summary>
    [Fact]
    public void Vectors_can_be_written_anew()
    {
        if (Environment.GetEnvironmentVariable("HAWSER_MEMBERSHIP_VECTORS") is { } path) File.WriteAllText(path, MembershipVectors.Write());
    }

    private static (bool Read, string Hash, byte[] Again) Read(string kind, byte[] bytes) => kind switch
    {
        "vote" => MemberVote.TryRead(bytes, out var v) ? (true, v.Change.Hash.ToString(), v.Write()) : default,
        "join" => JoinRequest.TryRead(bytes, out var j) ? (true, j.Change.Hash.ToString(), j.Write()) : default,
        "certificate" => TickCertificate.TryRead(bytes, Genesis.Founders, out var c) && c.IsValid(Genesis, Genesis.Founders)
            ? (true, c.Next!.Hash.ToString(), c.Write(Genesis.Founders)) : default,
        _ => throw new ArgumentException(kind),
    };
}
