using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Hawser.Crypto;
using Hawser.Naming;

namespace Hawser.Tests.Federation;

/// <summary>Makes the artefacts of records.md §9: texts, and what the fold does with records of a title.</summary>
internal static class RecordVectors
{
    private static readonly JsonSerializerOptions Lines =
        new(JsonSerializerOptions.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write()
    {
        var world = new RecordWorld(recovery: true);
        var next = SigningKey.Generate(world.World.Random);
        var alter = Encoding.UTF8.GetString(world.Record(RecordKind.Alter, world.Content with { OwnerName = "Zoë", Notes = "moved" }).Text);
        var cancel = Encoding.UTF8.GetString(world.Record(RecordKind.Cancel).Text);
        var transfer = Encoding.UTF8.GetString(world.Transfer(next).Text);
        var recover = Encoding.UTF8.GetString(world.Recover(next).Text);
        var acceptance = transfer[..transfer.LastIndexOf("Signature: ", StringComparison.Ordinal)];
        var genesis = world.World.Genesis.Hash;
        var offer = Encoding.UTF8.GetString(TransferOffer.Sign(genesis, world.Id, 1, world.Title.DeedHash, world.Owner).Write());
        var locator = Encoding.UTF8.GetString(Locator.Sign(genesis, world.Id, 7, [world.World.Members[1].Id], 1_772_400_000, world.Owner).Write());
        string Delegated(string text) => text.Replace("\nRecovery-Hash", $"\nDelegate-Key: {next.Public}\nRecovery-Hash", StringComparison.Ordinal);
        object[] all =
        [
            Accept("alteration", "record", alter), Accept("cancellation", "record", cancel), Accept("transfer", "record", transfer),
            Accept("recovery", "record", recover), Accept("acceptance", "acceptance", acceptance), Accept("offer", "offer", offer),
            Accept("locator", "locator", locator),
            Accept("alteration with a delegate key, whose signature only the title's holder can be asked about", "record", Delegated(alter)),
            Reject("truncated", "record", alter[..^1]), Reject("with a trailing line", "record", alter + "\n"),
            Reject("with carriage returns", "record", alter.Replace("\n", "\r\n", StringComparison.Ordinal)),
            Reject("number 0", "record", alter.Replace("Number: 1", "Number: 0", StringComparison.Ordinal)),
            Reject("number with a leading zero", "record", alter.Replace("Number: 1", "Number: 01", StringComparison.Ordinal)),
            Reject("unknown kind", "record", alter.Replace("Kind: alter", "Kind: change", StringComparison.Ordinal)),
            Reject("a cancellation with content", "record", alter.Replace("Kind: alter", "Kind: cancel", StringComparison.Ordinal)),
            Reject("an alteration without content", "record", cancel.Replace("Kind: cancel", "Kind: alter", StringComparison.Ordinal)),
            Reject("a transfer that nobody accepted", "record", alter.Replace("Kind: alter", "Kind: transfer", StringComparison.Ordinal)),
            Reject("a transfer to a key that did not agree", "record", transfer.Replace(next.Public.ToString(), world.Owner.Public.ToString(), StringComparison.Ordinal)),
            Reject("an acceptance that the holder has not signed", "record", acceptance),
            Reject("an acceptance that the holder has signed", "acceptance", transfer),
            Reject("a recovery by another key", "record", recover.Replace(world.RecoveryKey.Public.ToString(), world.Owner.Public.ToString(), StringComparison.Ordinal)),
            Reject("recovery hash of zero", "record", alter.Replace(world.Title.RecoveryHash.ToString(), default(Hawser.Wire.Bytes32).ToString(), StringComparison.Ordinal)),
            Reject("lines in another order", "record", Swap(alter, "Keyword", "Owner-Name")),
            Reject("an offer by another key", "offer", offer.Replace(world.Owner.Public.ToString(), next.Public.ToString(), StringComparison.Ordinal)),
            Reject("a locator with four hubs", "locator", locator.Replace("Hubs: ", "Hubs: 000-0000000 000-0000002 000-0000003 ", StringComparison.Ordinal)),
            Reject("a locator that was prolonged", "locator", locator.Replace("1772400000", "1772500000", StringComparison.Ordinal)),
            .. Folds(),
        ];
        return JsonSerializer.Serialize(all, Lines) + "\n";
    }

    // Each with a world of its own, so that a case can be read alone.
    private static IEnumerable<object> Folds()
    {
        foreach (var (name, recovery, make) in new (string, bool, Func<RecordWorld, DeedRecord>)[]
        {
            ("an alteration is in force", false, w => w.Record(RecordKind.Alter, w.Content with { Notes = "moved" })),
            ("a cancellation is in force", false, w => w.Record(RecordKind.Cancel)),
            ("a cancellation waits for the recovery key", true, w => w.Record(RecordKind.Cancel)),
            ("a recovery is in force", true, w => w.Recover(SigningKey.Generate(w.World.Random))),
            ("a renewal long before the end", false, w => w.Record(RecordKind.Renew)),
            ("a record with the wrong number", false, w => w.Record(RecordKind.Alter, number: 2)),
            ("a record with another past", false, w => w.Record(RecordKind.Alter, previous: w.Deed.Fields.Genesis)),
            ("an alteration of the claim key", false, w => w.Record(RecordKind.Alter, w.Content with { ClaimKey = w.RecoveryKey.Public })),
            ("an alteration by a stranger", false, w => w.Record(RecordKind.Alter, by: w.RecoveryKey)),
            ("a recovery of an ID without a recovery key", false, w => w.Recover(SigningKey.Generate(w.World.Random))),
        })
        {
            var world = new RecordWorld(recovery);
            var (before, record) = (world.Title, make(world));
            var why = world.World.Registry.Judge(record);
            world.Fold(record);
            yield return new
            {
                name, kind = "fold", tick = world.World.Registry.Tick.ToString(), height = world.World.Registry.Height,
                before = Convert.ToHexStringLower(before.Write()), text = Encoding.UTF8.GetString(record.Text),
                why = why?.ToString(), after = Convert.ToHexStringLower(world.Title.Write()),
            };
        }
    }

    private static string Swap(string text, string a, string b)
    {
        var lines = text.Split('\n');
        var (i, j) = (Array.FindIndex(lines, l => l.StartsWith(a, StringComparison.Ordinal)), Array.FindIndex(lines, l => l.StartsWith(b, StringComparison.Ordinal)));
        (lines[i], lines[j]) = (lines[j], lines[i]);
        return string.Join('\n', lines);
    }

    private static object Accept(string name, string kind, string text) =>
        new { name, kind, text, hash = Sha256.Hash(Encoding.UTF8.GetBytes(text).AsSpan()).ToString() };

    private static object Reject(string name, string kind, string text) => new { name, kind, text, reject = true };
}
