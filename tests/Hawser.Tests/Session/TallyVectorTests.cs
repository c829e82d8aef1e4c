using System.Text;
using System.Text.Json;
using Hawser.Session;
using Xunit;

namespace Hawser.Tests.Session;

/// <summary>Cards, tallies, closings and what carries them, as tally.md has them.</summary>
public class TallyVectorTests
{
    private sealed record Vector(string Name, string What, string? Text, string? Hex, bool Reject);

    private static readonly Vector[] Vectors = JsonSerializer.Deserialize<Vector[]>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "tally.json")), JsonSerializerOptions.Web)!;

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
        var bytes = vector.Text is { } text ? Encoding.UTF8.GetBytes(text) : Convert.FromHexString(vector.Hex!);
        var again = what switch
        {
            "card" => Card.TryRead(bytes, out var card) ? card.Text : null,
            "tally" => Tally.TryRead(bytes, out var tally) ? tally.Write() : null,
            "close" => TallyClosing.TryRead(bytes, out var closing) ? closing.Write() : null,
            _ => TallyMessage.TryRead(bytes, out var message) ? message.Write() : null,
        };
        Assert.Equal(vector.Reject ? null : bytes, again);
    }

    [Fact]
    public void A_card_is_written_as_the_vector_has_it()
    {
        var text = Vectors.Single(v => v.Name == "a card with all there is").Text!;
        Assert.True(Card.TryRead(Encoding.UTF8.GetBytes(text), out var read));
        var user = new Hawser.Crypto.SigningKey(Hawser.Crypto.Sha256.Hash("bob"u8));
        Assert.Equal(text, Encoding.UTF8.GetString(Card.Sign(read with { }, user).Text));
        Assert.Throws<ArgumentException>(() => Card.Sign(read, new(Hawser.Crypto.Sha256.Hash("alice"u8))));
    }

    [Fact]
    public void No_byte_of_a_signed_text_can_be_changed()
    {
        foreach (var vector in Vectors.Where(v => !v.Reject && v.Text is not null))
        {
            var bytes = Encoding.UTF8.GetBytes(vector.Text!);
            for (var i = 0; i < bytes.Length; i++)
            {
                bytes[i] ^= 1;
                Assert.False(vector.What switch
                {
                    "card" => Card.TryRead(bytes, out _),
                    "tally" => Tally.TryRead(bytes, out _),
                    _ => TallyClosing.TryRead(bytes, out _),
                });
                bytes[i] ^= 1;
            }
        }
    }
}
