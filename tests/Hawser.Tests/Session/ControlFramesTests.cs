using System.Text.Json;
using Hawser.Session;
using Hawser.Tests.Sim;
using Xunit;

namespace Hawser.Tests.Session;

public class ControlFramesTests
{
    private sealed record Vector(string Name, string Hex, string[] Messages, bool Reject);

    private static readonly Vector[] Vectors = JsonSerializer.Deserialize<Vector[]>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "frames.json")), JsonSerializerOptions.Web)!;

    public static TheoryData<string> Names() => [.. Vectors.Select(v => v.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Matches_the_spec(string name)
    {
        var vector = Vectors.Single(v => v.Name == name);
        var reader = new ControlReader();
        var messages = new List<string>();
        foreach (var b in Convert.FromHexString(vector.Hex)) // one by one is the hardest
        {
            reader.Append([b]);
            while (reader.TryTake(out var message)) messages.Add(Convert.ToHexStringLower(message));
        }

        Assert.Equal(vector.Messages, messages);
        Assert.Equal(vector.Reject, reader.IsBroken);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Whatever_is_written_comes_out_however_it_is_cut(ulong seed)
    {
        var random = new SimRandom(seed);
        var sent = new List<byte[]>();
        var stream = new List<byte>();
        for (var i = 0; i < 50; i++)
        {
            var message = new byte[1 + random.Next(i == 7 ? ControlFrames.MaxLength : 300)];
            random.Fill(message);
            var frame = new byte[ControlFrames.HeaderSize + message.Length];
            Assert.Equal(frame.Length, ControlFrames.Write(message, frame));
            sent.Add(message);
            stream.AddRange(frame);
        }

        var reader = new ControlReader();
        var got = new List<byte[]>();
        for (var at = 0; at < stream.Count;)
        {
            var piece = Math.Min(random.Next(5_000), stream.Count - at);
            reader.Append(stream.GetRange(at, piece).ToArray());
            at += piece;
            while (reader.TryTake(out var message)) got.Add(message.ToArray());
        }

        Assert.Equal(sent, got);
        Assert.False(reader.IsBroken);
    }
}
