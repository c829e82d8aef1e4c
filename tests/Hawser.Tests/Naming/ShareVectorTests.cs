using System.Text;
using System.Text.Json;
using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Naming;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Naming;

/// <summary>Shares of reveals, tentative answers and statements about records, as another program made them.</summary>
public class ShareVectorTests
{
    private sealed record Numbered(byte Number, string Share);

    private sealed record Vector(string Name, string Kind, string? Secret, string? Random, int Needed, JsonElement Shares, string? SealKey, string? ClaimKey, string? Reveal, string? Text);

    private sealed record Said(string Name, string Kind, string AdminKey, string Text, string? Standing, uint? Others, bool Full, int Logs);

    private static readonly Vector[] Vectors = Read<Vector>("shares.json");
    private static readonly Said[] Answers = Read<Said>("tentative.json");
    private static readonly Said[] Records = Read<Said>("records-kept.json");

    public static TheoryData<string> Names() => [.. Vectors.Select(v => v.Name)];

    public static TheoryData<string> AnswerNames() => [.. Answers.Select(v => v.Name)];

    public static TheoryData<string> RecordNames() => [.. Records.Select(v => v.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Shares_match_the_spec(string name)
    {
        var vector = Vectors.Single(v => v.Name == name);
        switch (vector.Kind)
        {
            case "bytes":
                var (secret, random) = (Convert.FromHexString(vector.Secret!), Convert.FromHexString(vector.Random!));
                var all = vector.Shares.Deserialize<Numbered[]>(JsonSerializerOptions.Web)!;
                foreach (var (number, share) in all) Assert.Equal(share, Convert.ToHexStringLower(SecretShares.Make(secret, random, number)));
                foreach (var some in Choices(all, vector.Needed))
                    Assert.Equal(secret, SecretShares.Combine([.. some.Select(s => (s.Number, Convert.FromHexString(s.Share)))]));
                break;
            case "reveal":
                var shares = vector.Shares.Deserialize<string[]>()!.Select(text => RevealShare.TryRead(Encoding.ASCII.GetBytes(text), out var share) ? share : null!).ToArray();
                Assert.All(shares, Assert.NotNull);
                Assert.All(shares, share => Assert.True(share.IsSignedBy(Key(vector.SealKey))));
                foreach (var two in Choices(shares, 2))
                {
                    var reveal = RevealShare.Combine(two)!;
                    Assert.Equal(vector.Reveal, Encoding.ASCII.GetString(reveal.Write()));
                    Assert.True(reveal.IsSignedBy(Key(vector.ClaimKey)));
                }

                Assert.Null(RevealShare.Combine(shares[..1]));
                Assert.Null(RevealShare.Combine([shares[0], shares[0]]));
                break;
            case "unsigned":
                Assert.True(RevealShare.TryRead(Encoding.ASCII.GetBytes(vector.Text!), out var changed));
                Assert.False(changed.IsSignedBy(Key(vector.SealKey)));
                break;
            default:
                Assert.False(RevealShare.TryRead(Encoding.ASCII.GetBytes(vector.Text!), out _));
                break;
        }
    }

    [Theory, MemberData(nameof(AnswerNames))]
    public void Tentative_answers_match_the_spec(string name)
    {
        var vector = Answers.Single(v => v.Name == name);
        Assert.Equal(vector.Kind != "reject", TentativeAnswer.TryRead(Encoding.ASCII.GetBytes(vector.Text), out var answer));
        if (answer is null) return;
        Assert.Equal(vector.Text, Encoding.ASCII.GetString(answer.Write()));
        Assert.Equal(vector.Kind == "accept", answer.IsSignedBy(Key(vector.AdminKey)));
        if (vector.Kind == "accept") Assert.Equal((vector.Standing, vector.Others), (answer.StandingText, answer.Others));
    }

    [Theory, MemberData(nameof(RecordNames))]
    public void Statements_about_records_match_the_spec(string name)
    {
        var vector = Records.Single(v => v.Name == name);
        Assert.Equal(vector.Kind != "reject", RecordsKept.TryRead(Encoding.ASCII.GetBytes(vector.Text), out var kept));
        if (kept is null) return;
        Assert.Equal(vector.Text, Encoding.ASCII.GetString(kept.Write()));
        Assert.Equal(vector.Kind == "accept", kept.IsSignedBy(Key(vector.AdminKey)));
        if (vector.Kind == "accept") Assert.Equal((vector.Full, vector.Logs), (kept.IsFull, kept.From.Count));
    }

    [Fact]
    public void Fewer_shares_than_are_needed_fit_every_secret()
    {
        // Two of three bytes' worth of shares: for every secret there is a third share that makes it.
        var shares = new[] { (byte)3, (byte)7 }.Select(x => (x, SecretShares.Make([0x2a], [0x91, 0x5c], x))).ToArray();
        var made = Enumerable.Range(0, 256).Select(third => SecretShares.Combine([.. shares, ((byte)9, [(byte)third])])[0]).ToHashSet();
        Assert.Equal(256, made.Count);
    }

    private static IEnumerable<T[]> Choices<T>(T[] all, int count) => count == 0 ? [[]]
        : Enumerable.Range(0, all.Length).SelectMany(i => Choices(all[(i + 1)..], count - 1).Select(rest => (T[])[all[i], .. rest]));

    private static VerifyKey Key(string? text) => new(Bytes32.TryParse(text, out var bytes) ? bytes : throw new InvalidDataException());

    private static T[] Read<T>(string file) => JsonSerializer.Deserialize<T[]>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", file)), JsonSerializerOptions.Web)!;
}
