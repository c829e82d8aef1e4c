using System.Text;
using System.Text.Json;
using Hawser.Chain;
using Hawser.Wire;

namespace Hawser.Net.Chain;

/// <summary>
/// A value that a node answered with. Whoever answers may be broken, or no node at all: what is not there, or of another
/// kind, becomes one clear sentence, never an exception of the reader's.
/// </summary>
/// <param name="Json">As it came.</param>
/// <param name="From">Host and port of who said it.</param>
/// <param name="Method">What it was asked.</param>
internal readonly record struct RpcValue(JsonElement Json, string From, string Method)
{
    private const long Satoshi = 100_000_000;
    private const decimal All = 21_000_000; // coins that there will ever be
    private const int MaxWords = 200;

    public bool IsObject => Json.ValueKind is JsonValueKind.Object;

    public bool IsText => Json.ValueKind is JsonValueKind.String;

    public bool IsNumber => Json.ValueKind is JsonValueKind.Number;

    /// <summary>A field that must be there.</summary>
    public RpcValue this[string name] => Find(name) ?? throw Nonsense();

    public RpcValue? Find(string name) => IsObject && Json.TryGetProperty(name, out var value) ? this with { Json = value } : null;

    public string Text()
    {
        try
        {
            return IsText ? Json.GetString()! : throw Nonsense();
        }
        catch (InvalidOperationException e)
        {
            throw Nonsense(e); // half a surrogate pair
        }
    }

    /// <summary>A number that counts something.</summary>
    public int Count() => IsNumber && Json.TryGetInt32(out var count) && count >= 0 ? count : throw Nonsense();

    /// <summary>Coins, as satoshi.</summary>
    public ulong Amount() => Number() is >= 0 and <= All and var coins ? (ulong)(coins * Satoshi) : throw Nonsense();

    /// <summary>Satoshi as they are.</summary>
    public ulong Satoshis() => IsNumber && Json.TryGetInt64(out var amount) && amount is >= 0 and <= (long)All * Satoshi ? (ulong)amount : throw Nonsense();

    public decimal Number() => IsNumber && Json.TryGetDecimal(out var number) ? number : throw Nonsense();

    public Bytes32 Id() => TxId.TryParse(Text(), out var id) ? id : throw Nonsense();

    public byte[] Bytes()
    {
        try
        {
            return Convert.FromHexString(Text());
        }
        catch (FormatException e)
        {
            throw Nonsense(e);
        }
    }

    public LedgerTransaction Transaction() => LedgerTransaction.TryRead(Bytes(), out var read) ? read : throw Nonsense();

    public IEnumerable<RpcValue> Items()
    {
        if (Json.ValueKind is not JsonValueKind.Array) throw Nonsense();
        var (from, method) = (From, Method);
        return Json.EnumerateArray().Select(item => new RpcValue(item, from, method));
    }

    /// <summary>A stranger's words, fit for a screen and a log.</summary>
    public static string Clean(string words)
    {
        var text = new StringBuilder();
        foreach (var rune in words.EnumerateRunes())
        {
            if (text.Length >= MaxWords) return text.Append('…').ToString();
            text.Append(Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.Format ? " " : rune.ToString());
        }

        return text.ToString().Trim();
    }

    private HawserException Nonsense(Exception? e = null) => new(Reason.Failed, $"the node at {From} answers {Method} with something that makes no sense", "is this the RPC port of a node that is whole?", e);
}
