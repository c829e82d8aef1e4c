using System.Text;
using System.Text.Json;
using Hawser.Crypto;
using Hawser.Naming;
using Xunit;

namespace Hawser.Tests.Federation;

public class RecordVectorTests
{
    private sealed record Vector(string Name, string Kind, string Text, string? Hash, bool Reject, string? Before, string? After, string? Why);

    private static readonly string Path = System.IO.Path.Combine(AppContext.BaseDirectory, "vectors", "records.json");

    private static readonly Vector[] Vectors = JsonSerializer.Deserialize<Vector[]>(File.ReadAllText(Path), JsonSerializerOptions.Web)!;

    public static TheoryData<string> Names() => [.. Vectors.Where(v => v.Kind != "fold").Select(v => v.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Matches_the_spec(string name)
    {
        var vector = Vectors.Single(v => v.Name == name);
        var text = Encoding.UTF8.GetBytes(vector.Text);
        var again = vector.Kind switch
        {
            "record" => DeedRecord.TryRead(text, out var record) ? record.Text : null,
            "acceptance" => DeedRecord.ParseAcceptance(text, out var draft) is null ? draft!.Text : null,
            "offer" => TransferOffer.TryRead(text, out var offer) ? offer.Write() : null,
            "locator" => Locator.TryRead(text, out var locator) ? locator.Write() : null,
            _ => throw new ArgumentException(vector.Kind),
        };
        Assert.Equal(vector.Reject, again is null);
        if (again is null) return;
        Assert.Equal(text, again);
        Assert.Equal(vector.Hash, Sha256.Hash(again.AsSpan()).ToString());
    }

    [Fact]
    public void The_fold_does_with_records_what_the_vectors_say()
    {
        // The vectors are made by the fold itself, so equal bytes mean that nothing has changed; the outcomes are asserted by hand.
        Assert.Equal(File.ReadAllText(Path), RecordVectors.Write());
        var folds = Vectors.Where(v => v.Kind == "fold").ToDictionary(v => v.Name);
        Assert.Null(folds["an alteration is in force"].Why);
        Assert.Equal("RenewedTooEarly", folds["a renewal long before the end"].Why);
        Assert.Equal("OutOfOrder", folds["a record with the wrong number"].Why);
        Assert.Equal("OutOfOrder", folds["a record with another past"].Why);
        Assert.Equal("KeepsKeys", folds["an alteration of the claim key"].Why);
        Assert.Equal("BadSignature", folds["an alteration by a stranger"].Why);
        Assert.Equal("NotTheRecoveryKey", folds["a recovery of an ID without a recovery key"].Why);
        foreach (var refused in folds.Values.Where(v => v.Why is not null)) Assert.Equal(refused.Before, refused.After);
    }

    /// <summary>Writes the page's vectors anew where HAWSER_RECORD_VECTORS names a file.</summary>
    [Fact]
    public void Vectors_can_be_written_anew()
    {
        if (Environment.GetEnvironmentVariable("HAWSER_RECORD_VECTORS") is { } path) File.WriteAllText(path, RecordVectors.Write());
    }
}
