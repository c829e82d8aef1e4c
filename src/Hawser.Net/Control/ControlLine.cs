using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hawser.Net.Control;

/// <summary>What a verb sends: one line.</summary>
internal sealed record ControlRequest(string Verb, JsonElement Args);

/// <summary>
/// One line of the answer; exactly one field is there. Items come first, then <c>error</c> or <c>done</c>, or
/// <c>stream</c>, after which both directions are raw bytes.
/// </summary>
internal sealed record ControlLine
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Item { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ControlError? Error { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Stream { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Done { get; init; }
}

/// <summary>A <see cref="HawserException"/> on its way to the verb.</summary>
/// <param name="Code">The exit code of cli.md §4.</param>
internal sealed record ControlError(int Code, Reason Reason, string Message, string? Remedy)
{
    public static ControlError From(HawserException e) => new(Reasons.ExitCodeOf(e.Reason), e.Reason, e.Message, e.Remedy);

    public HawserException ToException() => new(Reason, Message, Remedy);
}
