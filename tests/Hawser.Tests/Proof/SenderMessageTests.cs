using System.Text;
using System.Text.Json;
using Hawser.Proof;
using Hawser.Wire;
using Xunit;

namespace Hawser.Tests.Proof;

/// <summary>The vectors of sp3.md, made by another program from the page alone, in both directions.</summary>
public class SenderMessageTests
{
    private sealed record Message(string Name, string? Kind, string Text);

    private sealed record Token(string Name, string? Destination, [property: System.Text.Json.Serialization.JsonPropertyName("token")] string Text);

    private sealed record Options(string Json, string Client, string? Source);

    private sealed record Page(string Hub, string Source, string Session, string Challenge, string Digest, Token[] Tokens, Token[] WrongTokens,
        Message[] Messages, Message[] Rejects, Options[] Options, string[] OptionRejects);

    private static readonly Page Vectors = JsonSerializer.Deserialize<Page>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "sp3.json")), JsonSerializerOptions.Web)!;

    private static readonly StunId Challenge = StunId.Of(Convert.FromHexString(Vectors.Challenge));

    public static TheoryData<string> Messages() => [.. Vectors.Messages.Select(v => v.Name)];

    public static TheoryData<string> Rejects() => [.. Vectors.Rejects.Select(v => v.Name)];

    [Theory, MemberData(nameof(Messages))]
    public void A_message_reads_and_writes_as_the_spec_says(string name)
    {
        var vector = Vectors.Messages.Single(v => v.Name == name);
        Assert.True(SenderMessage.TryRead(Encoding.UTF8.GetBytes(vector.Text), out var message));
        Assert.Equal(vector.Kind, message.GetType().Name);
        Assert.Equal(vector.Text, Encoding.UTF8.GetString(message.Write()));
    }

    [Theory, MemberData(nameof(Rejects))]
    public void What_is_no_message_does_not_read(string name) =>
        Assert.False(SenderMessage.TryRead(Encoding.UTF8.GetBytes(Vectors.Rejects.Single(v => v.Name == name).Text), out _));

    [Fact]
    public void Consent_tokens_are_those_of_the_spec_and_no_others_are()
    {
        foreach (var vector in Vectors.Tokens) Assert.Equal(vector.Text, Make(vector.Destination!));
        foreach (var vector in Vectors.WrongTokens) Assert.NotEqual(vector.Text, Make(Vectors.Tokens[0].Destination!));
        Assert.Equal(Vectors.Digest, Convert.ToHexStringLower(BitConverter.GetBytes(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(SenderNotice.DigestOf(Challenge)))));
    }

    [Fact]
    public void Options_of_a_listening_socket_read_in_one_form()
    {
        foreach (var vector in Vectors.Options)
        {
            Assert.True(ListeningOptions.TryRead(Encoding.UTF8.GetBytes(vector.Json), out var options));
            Assert.Equal((vector.Client, vector.Source), (options.Client.ToString(), options.Source?.ToString()));
            Assert.Equal(vector.Json, Encoding.UTF8.GetString(options.Write()));
        }

        foreach (var reject in Vectors.OptionRejects) Assert.False(ListeningOptions.TryRead(Encoding.UTF8.GetBytes(reject), out _));
    }

    private static string Make(string destination)
    {
        Assert.True(HostPort.TryParse(destination, out var to));
        Assert.True(HostPort.TryParse(Vectors.Source, out var source));
        return SenderMessage.Text(ConsentToken.Make(Challenge, new(Bytes32.Read(Convert.FromHexString(Vectors.Hub))), source, new(to, AddressTransport.Udp), Convert.FromHexString(Vectors.Session)));
    }
}
