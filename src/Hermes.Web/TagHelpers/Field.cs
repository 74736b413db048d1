using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Hermes.Web.TagHelpers;

/// <summary>
/// <c>&lt;field for="Input.Title" label="Title" hint="…" /&gt;</c>: label, control, hint and the errors of the model
/// state, tied together for screen readers. Further attributes (<c>autocomplete</c>, <c>hx-get</c>, <c>min</c> …) go
/// to the control. Child content is written between the control and the hint.
/// </summary>
[HtmlTargetElement("field", Attributes = "for", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class FieldTagHelper(IHtmlGenerator generator) : TagHelper
{
    /// <summary>The bound member.</summary>
    public required ModelExpression For { get; set; }

    /// <summary>Its name for people.</summary>
    public required string Label { get; set; }

    /// <summary>What helps to fill it in; null for none.</summary>
    public string? Hint { get; set; }

    /// <summary>An input's type, or <c>textarea</c>, <c>select</c>, <c>checkbox</c>.</summary>
    public string Type { get; set; } = "text";

    /// <summary>Choices of a select.</summary>
    public IEnumerable<SelectListItem>? Items { get; set; }

    /// <summary>Marks the field as one that may stay empty.</summary>
    public bool Optional { get; set; }

    /// <summary>A unit written after the control: <c>USD</c>, <c>seconds</c>.</summary>
    public string? Unit { get; set; }

    /// <summary>Classes of the whole field.</summary>
    public string? FieldClass { get; set; }

    /// <summary>Set by the framework.</summary>
    [ViewContext, HtmlAttributeNotBound]
    public required ViewContext ViewContext { get; set; }

    /// <inheritdoc />
    public override async Task ProcessAsync(TagHelperContext context, TagHelperOutput output)
    {
        var id = TagBuilder.CreateSanitizedId(ViewContext.ViewData.TemplateInfo.GetFullHtmlFieldName(For.Name), "_");
        ViewContext.ViewData.ModelState.TryGetValue(ViewContext.ViewData.TemplateInfo.GetFullHtmlFieldName(For.Name), out var entry);
        var errors = entry?.Errors.Select(e => e.ErrorMessage).Where(m => m.Length > 0).ToArray() ?? [];

        var attributes = output.Attributes.ToDictionary(a => a.Name, a => (object?)(a.Value ?? ""));
        output.Attributes.Clear();
        var described = string.Join(' ', new[] { Hint is null ? null : $"{id}-hint", errors.Length == 0 ? null : $"{id}-error" }.Where(d => d is not null));
        if (described.Length > 0)
            attributes["aria-describedby"] = described;
        if (errors.Length > 0)
            attributes["aria-invalid"] = "true";

        var control = Control(attributes);
        var children = await output.GetChildContentAsync();
        output.TagName = "div";
        output.TagMode = TagMode.StartTagAndEndTag;
        if (Type == "checkbox")
        {
            output.AddClass($"field {FieldClass}");
            var check = new TagBuilder("div");
            check.AddCssClass("check");
            check.InnerHtml.AppendHtml(control);
            var label = new TagBuilder("label") { Attributes = { ["for"] = id } };
            label.InnerHtml.Append(Label);
            if (Hint is not null)
                label.InnerHtml.AppendHtml(Note("hint", $"{id}-hint", Hint));
            check.InnerHtml.AppendHtml(label);
            output.Content.AppendHtml(check).AppendHtml(children);
        }
        else
        {
            output.AddClass($"field {FieldClass}");
            var label = new TagBuilder("label") { Attributes = { ["for"] = id } };
            label.InnerHtml.Append(Label);
            if (Optional)
                label.InnerHtml.AppendHtml(" <span class=\"optional\">optional</span>");
            output.Content.AppendHtml(label);
            if (Unit is null)
            {
                output.Content.AppendHtml(control);
            }
            else
            {
                var affix = new TagBuilder("div");
                affix.AddCssClass("affix");
                affix.InnerHtml.AppendHtml(control).AppendHtml("<span>").Append(Unit).AppendHtml("</span>");
                output.Content.AppendHtml(affix);
            }
            output.Content.AppendHtml(children);
            if (Hint is not null)
                output.Content.AppendHtml(Note("hint", $"{id}-hint", Hint));
        }
        if (errors.Length > 0)
            output.Content.AppendHtml(Note("error", $"{id}-error", string.Join(' ', errors)));
    }

    private IHtmlContent Control(Dictionary<string, object?> attributes)
    {
        switch (Type)
        {
            case "textarea":
                attributes.TryGetValue("rows", out var rows);
                attributes.Remove("rows");
                return generator.GenerateTextArea(ViewContext, For.ModelExplorer, For.Name, int.TryParse(rows?.ToString(), out var lines) ? lines : 4, 0, attributes);
            case "select":
                return generator.GenerateSelect(ViewContext, For.ModelExplorer, optionLabel: null, For.Name, Items ?? [], allowMultiple: false, attributes);
            case "checkbox":
                // The hidden companion makes an unticked box arrive as false.
                return new HtmlContentBuilder()
                    .AppendHtml(generator.GenerateCheckBox(ViewContext, For.ModelExplorer, For.Name, For.Model as bool?, attributes))
                    .AppendHtml(generator.GenerateHiddenForCheckbox(ViewContext, For.ModelExplorer, For.Name));
            case "password":
                return generator.GeneratePassword(ViewContext, For.ModelExplorer, For.Name, value: null, attributes);
            default:
                attributes["type"] = Type;
                // A date control takes its day as ISO 8601 writes it, whatever the language.
                var value = For.Model is DateOnly day ? day.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) : For.Model;
                return generator.GenerateTextBox(ViewContext, For.ModelExplorer, For.Name, value, format: null, attributes);
        }
    }

    private static TagBuilder Note(string kind, string id, string text)
    {
        var note = new TagBuilder("span") { Attributes = { ["id"] = id } };
        note.AddCssClass(kind);
        note.InnerHtml.Append(text);
        return note;
    }
}
