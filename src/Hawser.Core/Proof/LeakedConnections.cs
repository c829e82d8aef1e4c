using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Hawser.Proof;

/// <summary>What a client leaks of its two connections: the options of method 2, in SP³'s names. Spec: reflection.md §4.1.</summary>
/// <remarks><code>[{"ServerIP":"…","ServerPort":…,"ClientIP":"…","ClientPort":…,"SequenceNumber":…,"AcknowledgementNumber":…},{…}]</code></remarks>
internal readonly record struct LeakedConnections(LeakedConnection First, LeakedConnection Second)
{
    public const int MaxSize = 512; // reflection.md §6

    /// <summary>Two objects with these six fields, in any order, and nothing else.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, out LeakedConnections leaked)
    {
        leaked = default;
        if (json.Length is 0 or > MaxSize) return false;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 2 });
        try
        {
            if (!reader.Read() || reader.TokenType is not JsonTokenType.StartArray
                || !TryReadOne(ref reader, out var first) || !TryReadOne(ref reader, out var second)
                || !reader.Read() || reader.TokenType is not JsonTokenType.EndArray || reader.Read()) return false;
            leaked = new(first, second);
            return reader.BytesConsumed == json.Length;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false; // the class library has no reader that does not throw; requests with this are limited by network
        }
    }

    public override string ToString() => $"[{Json(First)},{Json(Second)}]";

    public byte[] Write() => Encoding.ASCII.GetBytes(ToString());

    private static string Json(in LeakedConnection one) => string.Create(CultureInfo.InvariantCulture,
        $"{{\"ServerIP\":\"{NotaryStatement.IpOf(one.Server)}\",\"ServerPort\":{one.Server.Port},\"ClientIP\":\"{NotaryStatement.IpOf(one.Client)}\",\"ClientPort\":{one.Client.Port},\"SequenceNumber\":{one.Sequence},\"AcknowledgementNumber\":{one.Acknowledged}}}");

    private static bool TryReadOne(ref Utf8JsonReader reader, out LeakedConnection one)
    {
        one = default;
        if (!reader.Read() || reader.TokenType is not JsonTokenType.StartObject) return false;
        UInt128 server = 0, client = 0;
        uint serverPort = 0, clientPort = 0, sequence = 0, acknowledged = 0;
        var seen = 0;
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var (bit, read) = reader.ValueTextEquals("ServerIP"u8) ? (1, TryReadIp(ref reader, out server))
                : reader.ValueTextEquals("ServerPort"u8) ? (2, TryReadNumber(ref reader, ushort.MaxValue, out serverPort))
                : reader.ValueTextEquals("ClientIP"u8) ? (4, TryReadIp(ref reader, out client))
                : reader.ValueTextEquals("ClientPort"u8) ? (8, TryReadNumber(ref reader, ushort.MaxValue, out clientPort))
                : reader.ValueTextEquals("SequenceNumber"u8) ? (16, TryReadNumber(ref reader, uint.MaxValue, out sequence))
                : reader.ValueTextEquals("AcknowledgementNumber"u8) ? (32, TryReadNumber(ref reader, uint.MaxValue, out acknowledged))
                : (0, false);
            if (!read || (seen & bit) != 0) return false;
            seen |= bit;
        }

        one = new(new(server, (ushort)serverPort), new(client, (ushort)clientPort), sequence, acknowledged);
        return seen == 63 && reader.TokenType is JsonTokenType.EndObject && serverPort != 0 && clientPort != 0;
    }

    private static bool TryReadIp(ref Utf8JsonReader reader, out UInt128 address)
    {
        address = 0;
        return reader.Read() && reader.TokenType is JsonTokenType.String && AddressNetwork.TryParseAddress(reader.GetString() ?? "", out address);
    }

    private static bool TryReadNumber(ref Utf8JsonReader reader, uint most, out uint number)
    {
        number = 0;
        return reader.Read() && reader.TokenType is JsonTokenType.Number && reader.TryGetUInt32(out number) && number <= most;
    }
}
