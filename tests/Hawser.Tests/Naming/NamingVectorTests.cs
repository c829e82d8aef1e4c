using System.Text.Json;
using Hawser.Naming;
using Xunit;

namespace Hawser.Tests.Naming;

public class NamingVectorTests
{
    private sealed record Vector(string Name, string Text, string? Id, string? Display, bool Reject);

    private static readonly Vector[] Vectors = JsonSerializer.Deserialize<Vector[]>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "naming.json")), JsonSerializerOptions.Web)!;

    public static TheoryData<string> Names() => [.. Vectors.Select(v => v.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Matches_the_spec(string name)
    {
        var vector = Vectors.Single(v => v.Name == name);
        Assert.Equal(!vector.Reject, RoutingId.TryParse(vector.Text, out var id));
        if (vector.Reject) return;
        Assert.Equal(vector.Id, id.ToString());
        Assert.Equal(vector.Display, id.ToDisplay());
    }
}
