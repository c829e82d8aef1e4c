using System.Text.Json;
using Hawser.Crypto;
using Hawser.Transport;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Transport;

public class PacketVectorTests
{
    private sealed record Vector(
        string Name, string Secret, string Aead, string Domain, long Sequence, long Number, string Header, string Frames,
        string Packet, bool Reject);

    private static readonly Vector[] Vectors = JsonSerializer.Deserialize<Vector[]>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "transport.json")), JsonSerializerOptions.Web)!;

    public static TheoryData<string> Names() => [.. Vectors.Select(v => v.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Matches_the_spec(string name)
    {
        var vector = Vectors.Single(v => v.Name == name);
        var aead = Enum.Parse<Aead>(vector.Aead);
        var domain = Enum.Parse<NonceDomain>(vector.Domain);
        var secret = Bytes32.Read(Convert.FromHexString(vector.Secret));
        var packet = Convert.FromHexString(vector.Packet);
        var header = Convert.FromHexString(vector.Header);
        var frames = Convert.FromHexString(vector.Frames);

        var body = packet[header.Length..^PacketCipher.TagSize];
        using var opening = new OpeningKeys(aead, secret, vector.Sequence);
        var opens = opening.TryOpen(
            domain, vector.Sequence, vector.Number, packet.AsSpan(0, header.Length), body,
            packet.AsSpan(packet.Length - PacketCipher.TagSize));
        Assert.Equal(!vector.Reject, opens);
        if (vector.Reject) return;
        Assert.Equal(header, packet[..header.Length]);
        Assert.Equal(frames, body);

        using var sealing = new SealingKeys(aead, secret, vector.Sequence);
        byte[] sealedAgain = [.. header, .. frames, .. new byte[PacketCipher.TagSize]];
        sealing.For(vector.Sequence).Seal(
            domain, vector.Number, header, sealedAgain.AsSpan(header.Length, frames.Length),
            sealedAgain.AsSpan(header.Length + frames.Length));
        Assert.Equal(packet, sealedAgain);
    }
}
