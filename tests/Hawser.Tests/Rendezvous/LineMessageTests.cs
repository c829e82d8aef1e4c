using System.Text.Json;
using Hawser.Rendezvous;
using Xunit;

namespace Hawser.Tests.Rendezvous;

public class LineMessageTests
{
    private sealed record Vector(string Name, string Hex, string? Kind, bool Reject);

    private static readonly Vector[] Vectors = JsonSerializer.Deserialize<Vector[]>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "rendezvous.json")), JsonSerializerOptions.Web)!;

    public static TheoryData<string> Names() => [.. Vectors.Select(v => v.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Matches_the_spec(string name)
    {
        var vector = Vectors.Single(v => v.Name == name);
        var bytes = Convert.FromHexString(vector.Hex);
        Assert.Equal(!vector.Reject, LineMessage.TryRead(bytes, out var message));
        if (vector.Reject) return;

        Assert.Equal(vector.Kind, message!.GetType().Name);
        Assert.Equal(bytes, message.ToArray());
    }
}
