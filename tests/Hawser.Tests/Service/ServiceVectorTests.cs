using System.Text.Json;
using Hawser.Service;
using Xunit;

namespace Hawser.Tests.Service;

public class ServiceVectorTests
{
    private sealed record Vector(
        string Name, string Message, string Hex, bool Reject,
        string? Service, string? Arguments, ulong? Number, string? Opaque,
        string? File, long? Size, string? Hash, string? Kind, string? Verdict, long? Offset);

    private static readonly Vector[] Vectors = [.. Load("service.json"), .. Load("file.json")];

    public static TheoryData<string, string> Names()
    {
        var names = new TheoryData<string, string>();
        foreach (var vector in Vectors) names.Add(vector.Message, vector.Name);
        return names;
    }

    [Theory, MemberData(nameof(Names))]
    public void Matches_the_spec(string message, string name)
    {
        var vector = Vectors.Single(v => v.Message == message && v.Name == name);
        var bytes = Convert.FromHexString(vector.Hex);
        var again = new byte[OpenRequest.MaxSize];
        var written = message switch
        {
            "open" => Open(vector, bytes, again),
            "ping" => Ping(vector, bytes, again),
            "offer" => Offer(vector, bytes, again),
            "reply" => Reply(vector, bytes, again),
            _ => throw new InvalidDataException(message),
        };
        Assert.Equal(!vector.Reject, written >= 0);
        if (!vector.Reject) Assert.Equal(bytes, again[..written]);
    }

    private static int Open(Vector vector, byte[] bytes, byte[] again)
    {
        if (!OpenRequest.TryRead(bytes, out var request)) return -1;
        Assert.Equal(vector.Service, request!.Name.ToString());
        Assert.Equal(vector.Arguments, Convert.ToHexStringLower(request.Arguments));
        Assert.Equal(bytes.Length, request.Size);
        Assert.True(OpenRequest.TryReadPrefix(bytes.AsSpan(0, 2), out var body));
        Assert.Equal(bytes.Length - 2, body);
        return request.Write(again);
    }

    private static int Ping(Vector vector, byte[] bytes, byte[] again)
    {
        if (!PingProbe.TryRead(bytes, out var probe)) return -1;
        Assert.Equal((vector.Number, vector.Opaque), (probe.Number, probe.Opaque.ToString("x16")));
        return probe.Write(again);
    }

    private static int Offer(Vector vector, byte[] bytes, byte[] again)
    {
        if (!FileOffer.TryRead(bytes, out var offer)) return -1;
        Assert.Equal((vector.File, vector.Size, vector.Hash),
            (offer!.Name, offer.Size, Convert.ToHexStringLower(offer.Hash.ToArray())));
        return offer.Write(again);
    }

    private static int Reply(Vector vector, byte[] bytes, byte[] again)
    {
        if (!FileReply.TryRead(bytes, out var reply)) return -1;
        Assert.Equal((vector.Kind, vector.Verdict, vector.Offset),
            (reply.Kind.ToString().ToLowerInvariant(), reply.Verdict.ToString().ToLowerInvariant(), reply.Offset));
        return reply.Write(again);
    }

    private static Vector[] Load(string file) => JsonSerializer.Deserialize<Vector[]>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", file)), JsonSerializerOptions.Web)!;
}
