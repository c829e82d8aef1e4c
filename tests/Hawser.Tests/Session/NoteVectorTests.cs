using System.Text;
using System.Text.Json;
using Hawser.Session;
using Xunit;

namespace Hawser.Tests.Session;

/// <summary>Messages and their confirmations, as messages.md has them.</summary>
public class NoteVectorTests
{
    private sealed record Vector(string Name, string What, string Hex, bool Reject);

    private static readonly Vector[] Vectors = JsonSerializer.Deserialize<Vector[]>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "messages.json")), JsonSerializerOptions.Web)!;

    public static TheoryData<string, string> Names()
    {
        var names = new TheoryData<string, string>();
        foreach (var vector in Vectors) names.Add(vector.What, vector.Name);
        return names;
    }

    [Theory, MemberData(nameof(Names))]
    public void Matches_the_spec(string what, string name)
    {
        var vector = Vectors.Single(v => v.What == what && v.Name == name);
        var bytes = Convert.FromHexString(vector.Hex);
        byte[]? again = null;
        if (what == "note" && Note.TryRead(bytes, out var note)) Assert.Equal((again = new byte[note.Size]).Length, note.Write(again));
        if (what == "got" && Got.TryRead(bytes, out var got)) Assert.Equal((again = new byte[got.Size]).Length, got.Write(again));
        Assert.Equal(vector.Reject ? null : bytes, again);
    }

    [Fact]
    public void A_body_has_60_000_bytes_at_most()
    {
        Assert.True(Note.IsBody(Encoding.ASCII.GetBytes($"\"{new string('b', Note.MaxBody - 2)}\"")));
        Assert.False(Note.IsBody(Encoding.ASCII.GetBytes($"\"{new string('b', Note.MaxBody - 1)}\"")));
        Assert.InRange(Note.MaxSize, 1, ControlFrames.MaxLength);
    }
}
