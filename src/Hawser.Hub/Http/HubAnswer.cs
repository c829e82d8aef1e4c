using System.Text;

namespace Hawser.Hub.Http;

/// <summary>What a request is answered with.</summary>
/// <param name="Forever">It will never change, and may be kept by anyone.</param>
internal readonly record struct HubAnswer(int Status, string Type, ReadOnlyMemory<byte> Body, bool Forever = false)
{
    public const string Text = "text/plain; charset=utf-8";
    public const string Binary = "application/octet-stream";

    public static readonly HubAnswer Nothing = new(204, Text, default);

    public static readonly HubAnswer Missing = Reject(404, "there is no such thing here");

    public static HubAnswer OkText(ReadOnlyMemory<byte> body, bool forever = false) => new(200, Text, body, forever);

    public static HubAnswer OkBinary(ReadOnlyMemory<byte> body, bool forever = false) => new(200, Binary, body, forever);

    /// <summary>A status of 400 and above, with the reason in one line.</summary>
    public static HubAnswer Reject(int status, string reason) => new(status, Text, Encoding.UTF8.GetBytes(reason + "\n"));
}
