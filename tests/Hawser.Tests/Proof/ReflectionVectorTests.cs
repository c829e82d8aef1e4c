using System.Text;
using System.Text.Json;
using Hawser.Proof;
using Xunit;

namespace Hawser.Tests.Proof;

/// <summary>docs/spec/vectors/reflection.json, which another program has made from the pages.</summary>
public class ReflectionVectorTests
{
    private sealed record Vector(string Name, string Message, string Text, bool Reject, string? Fault, string? Source, string? Destination, string? Transport,
        string? Server, string? Client, uint? Sequence, uint? Acknowledged, string? Host, string? Token, string[]? Servers, string[]? Operators, bool Other, string? Second, string? Challenge);

    private static readonly Vector[] Vectors = JsonSerializer.Deserialize<Vector[]>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "reflection.json")), JsonSerializerOptions.Web)!;

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
        switch (message)
        {
            case "packet": Packet(vector); break;
            case "path": PathPacket(vector); break;
            case "leaked": Leaked(vector); break;
            case "reflectors": Reflectors(vector); break;
            case "token": Token(vector); break;
            default: throw new InvalidDataException(message);
        }
    }

    // A packet that is refused for what it is would be refused under any lease.
    private static void Packet(Vector vector)
    {
        var bytes = Convert.FromHexString(vector.Text);
        Assert.Equal(vector.Fault, RawPacket.Read(bytes, checks: true, out var read).ToString());
        Assert.Equal(!vector.Reject, RawPacket.TryRead(bytes, out _));
        if (vector.Reject) return;
        Assert.Equal((vector.Source, vector.Destination, vector.Transport), (read.Source.ToString(), read.Destination.ToString(), read.Transport.ToString()));
        Assert.Equal(RawFault.None, new RawGuard(read.Source, new(read.Destination, read.Transport)).FaultOf(bytes));
    }

    // §9: path packet equals 8.1
    private static void PathPacket(Vector vector)
    {
        var connection = new LeakedConnection(At(vector.Server!), At(vector.Client!), vector.Sequence!.Value, vector.Acknowledged!.Value);
        var packet = ReflectionRequest.Packet(connection, vector.Host!, vector.Token!);
        Assert.Equal(vector.Text, Convert.ToHexStringLower(packet));
        Assert.True(RawPacket.TryRead(packet, out _));
        Assert.True(TcpSegment.TryRead(packet, out var segment, out var body));
        Assert.Equal(new(connection.Client, connection.Server, connection.Sequence, connection.Acknowledged, TcpFlags.Acknowledge), segment);
        Assert.Equal(ReflectionRequest.LengthOf(vector.Host!), body.Length);
    }

    private static void Leaked(Vector vector)
    {
        Assert.Equal(!vector.Reject, LeakedConnections.TryRead(Encoding.UTF8.GetBytes(vector.Text), out var read));
        if (vector.Reject) return;
        Assert.Equal(vector.Servers!, new[] { read.First.Server.ToString(), read.Second.Server.ToString() });
        Assert.Equal((vector.Client, vector.Client), (read.First.Client.ToString(), read.Second.Client.ToString()));
        if (!vector.Other) Assert.Equal(vector.Text, read.ToString());
    }

    private static void Reflectors(Vector vector)
    {
        var text = Encoding.UTF8.GetBytes(vector.Text);
        Assert.Equal(!vector.Reject, ReflectorList.TryRead(text, out var read));
        if (vector.Reject) return;
        Assert.Equal(vector.Servers!, read!.Reflectors.Select(one => one.At.ToString()));
        Assert.Equal(vector.Operators!, read.Reflectors.Select(one => one.Operator));
        Assert.Equal(text, read.Write());
    }

    private static void Token(Vector vector)
    {
        Assert.Equal(!vector.Reject, ReflectionToken.TryJoin(vector.Text, vector.Second!, out var challenge));
        if (!vector.Reject) Assert.Equal(StunId.Of(Convert.FromHexString(vector.Challenge!)), challenge);
    }

    private static HostPort At(string text)
    {
        Assert.True(HostPort.TryParse(text, out var at));
        return at;
    }
}
